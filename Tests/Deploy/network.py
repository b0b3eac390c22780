"""A network of its own for what a test starts: nobody else's ports, and nothing reaches out."""

# A network namespace has a loopback of its own, which is down at first. It is a program: python3 -c LOOPBACK COMMAND…
LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""
