"""Runs a command to its end and prints, as JSON, what it took: wall time and peak memory.

    python measured.py command argument...

The kernel knows the exact peak of a process that has ended, but tells only its parent; a parent
of its own sees no other child's.
"""

import json
import resource
import subprocess
import sys
import time

begin = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"seconds": seconds, "peak_bytes": peak * 1024}))
# A negative code is the signal that ended it.
sys.exit(code if code >= 0 else 1)
