import { expect, test } from 'vitest'
import { lastack } from '../run.testing.ts'

const CIDR = 'expected one with a prefix, such as 10.91.0.2/24 or fd91::2/64'
const SERVICES = 'expected echo, discard, chargen, iperf3 or http:DIR; with a port, echo:7007 or http:8080:DIR'
const PORT = 'expected a port from 1 to 65535, such as echo:7007'

// What needs a real interface to be refused is in test/kernel/up.test.ts.
test.each([
  [['up', 'now'], 'up: unexpected word "now": expected options only'],
  [['up', '--address', '203.0.113.2'], `up: address '203.0.113.2': ${CIDR}`],
  [['up', '--address', '203.0.113.300/24'], `up: address '203.0.113.300/24': ${CIDR}`],
  [['up', '--address', '203.0.113.2/33'], `up: address '203.0.113.2/33': ${CIDR}`],
  [['up', '--address', '203.0.113.0/24'], `up: address '203.0.113.0/24': it names the net, no host in it; ${CIDR}`],
  [
    ['up', '--address', '203.0.113.255/24'],
    `up: address '203.0.113.255/24': it is the net's broadcast address, no host's; ${CIDR}`,
  ],
  [['up', '--pcap', ''], 'up: --pcap "": expected the name of a file to write'],
  [['up', '--address', 'ff02::1/64'], `up: address 'ff02::1/64': no host can have it; ${CIDR}`],
  [
    ['up', '--address', '203.0.113.2/32'],
    "up: address '203.0.113.2/32': its net has no room for this host: expected a shorter prefix",
  ],
  [
    ['up', '--address', '203.0.113.2/24', '--address', '203.0.113.3/25'],
    "up: address '203.0.113.3/25': its net is that of 203.0.113.2",
  ],
  [['up', '--serve', 'telnet'], `up: service 'telnet': ${SERVICES}`],
  [['up', '--serve', 'echo,discard'], `up: service 'echo,discard': ${SERVICES}`],
  [['up', '--serve', 'echo:'], `up: service 'echo:': ${PORT}`],
  [['up', '--serve', 'echo:0'], `up: service 'echo:0': ${PORT}`],
  [['up', '--serve', 'echo:65536'], `up: service 'echo:65536': ${PORT}`],
  [['up', '--serve', 'echo:seven'], `up: service 'echo:seven': ${PORT}`],
  [['up', '--serve', 'echo:7:7'], `up: service 'echo:7:7': ${PORT}`],
  [['up', '--serve', 'echo', '--serve', 'discard:7'], "up: service 'discard:7': port 7 is that of 'echo'"],
  [['up', '--serve', 'http:99999:.'], "up: service 'http:99999:.': expected a port from 1 to 65535, such as http:7007"],
  [['up', '--serve', 'http:8080'], "up: service 'http:8080': there is no such directory; at a port: http:8080:DIR"],
  [['up', '--serve', 'http:8080:'], "up: service 'http:8080:': there is no such directory"],
  [['up', '--serve', 'http'], "up: service 'http': expected http:DIR, with the directory to serve"],
  [['up', '--serve', 'http:/nowhere'], "up: service 'http:/nowhere': there is no such directory"],
  [['up', '--mtu', '100'], 'up: MTU 100: expected 1280 to 65535'],
  [['up', '--mtu', 'large'], 'up: --mtu "large": expected a number of octets'],
  [['up', '--loss', '101'], 'up: --loss "101": expected a percentage from 0 to 100, such as 1%'],
  [['nc', '-w', '0', '10.0.0.1', '80'], 'nc: -w "0": expected a number from 1 to 86400'],
  [['nc', '-w', '5', '-l', '80'], 'nc: -w is for connecting: not with -l'],
  [['replay', ''], 'replay: "": expected a pcap or pcapng file, or - for standard input'],
  [['nc'], 'nc: expected an address and a port'],
  [['nc', '10.0.0.1', '0'], 'nc: port "0": expected a number from 1 to 65535'],
  [['nc', 'localhost', '80'], 'nc: "localhost": expected an IPv4 or IPv6 address: the stack resolves no names'],
  [['nc', '-l'], 'nc: -l: on which port: expected a number from 1 to 65535'],
])('%j is refused in one line', async (args, line) => {
  const { code, out, err } = await lastack(args)
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: `lastack ${line}\n` })
})
