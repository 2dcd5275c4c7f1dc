"""Prompts, sampling and the engine that turns them into text."""
