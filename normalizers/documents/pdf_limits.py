"""What a PDF and the child process that reads it may take, and how the child's answer begins.

Knows: numbers only, so that who starts the child needs nothing of what the child needs.
"""

MAX_PAGES = 2_000
MAX_CHARACTERS = 20_000_000
MAX_CPU_SECONDS = 20
MAX_MEMORY = 2**29  # bytes of address space
PAGE_BREAK = "\n\f\n"

OK = "OK"  # with two counts the first line of the output, or an error's code and detail
