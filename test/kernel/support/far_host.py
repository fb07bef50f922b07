"""Another host: a network namespace that a process of ours alone is in, at the other end of a cable."""
import ctypes
import os
import signal
import subprocess

HERE, THERE = '10.78.0.1', '10.78.0.2'
CLONE_NEWNET = 0x40000000


def far_host(work):
    """Does `work(vanish)` on a host of its own, in a process that stays until the end. After `vanish()` it neither hears nor says anything."""
    ready, linked = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'unshare')
        os.write(ready[1], b'.')
        os.read(linked[0], 1)
        link('far', THERE, '02:00:00:00:00:04', HERE, '02:00:00:00:00:03')
        os.write(ready[1], b'.')
        # Without its address the host takes packets for it as anybody else's, and drops them.
        work(lambda: subprocess.run(['ip', 'address', 'flush', 'dev', 'far'], check=True))
        signal.pause()
    os.read(ready[0], 1)
    subprocess.run(['ip', 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', str(pid)], check=True)
    link('near', HERE, '02:00:00:00:00:03', THERE, '02:00:00:00:00:04')
    os.write(linked[1], b'.')
    os.read(ready[0], 1)


def link(device, address, hardware, peer, peer_hardware):
    """Each end knows the other's hardware address: nobody asks for it when the other is gone."""
    for line in (f'link set {device} address {hardware}', f'link set {device} up', 'link set lo up',
                 f'address add {address}/24 dev {device}',
                 f'neighbour add {peer} lladdr {peer_hardware} dev {device} nud permanent'):
        subprocess.run(['ip', *line.split()], check=True)
