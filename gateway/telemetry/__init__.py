"""What is told of requests: logs, metrics, the audit log, traces.

Imports: errors, gateway.
"""
