import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCapture } from '../../src/wire/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED, until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const PEER = new URL('support/tcp-peer.py', import.meta.url).pathname
const UDP_PEER = new URL('support/udp-peer.py', import.meta.url).pathname
const PING = new URL('support/ping.py', import.meta.url).pathname
const NODE = process.execPath
const HUNDRED_MB = 100_000_000

const folder = mkdtempSync(join(tmpdir(), 'lastack-up-'))
// Sockets of running stacks: ours stay apart from those of whoever uses this machine.
process.env.XDG_RUNTIME_DIR = folder

/** Root has a stack, then a user who may make interfaces has one; with a /run and a /dev/net/tun of their own. */
const BESIDE_ROOT = `
lastack() { "$node" "$lastack" "$@"; }
node=$0 lastack=$1
unset XDG_RUNTIME_DIR
mount -t tmpfs -o mode=755 none /run && rm -rf /tmp/lastack-65533 && cd /
mknod /run/tun c 10 200 && chmod 600 /run/tun && mount --bind /run/tun /dev/net/tun
user="setpriv --reuid=65533 --regid=65533 --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin $node $lastack"
ended() { kill -INT "$1"; wait "$1"; }
begun() { while ! grep -q Ctrl "$1" && kill -0 "$2"; do sleep 0.1; done; }
$user up --address 10.98.0.2/24 2>&1
chmod 666 /run/tun
"$node" "$lastack" up --tun stack5 --address 10.97.0.2/24 >/run/root.log 2>&1 & root=$!
begun /run/root.log $root
echo root: $(ls /run/lastack)
$user up --tun stack6 --address 10.98.0.2/24 >/run/user.log 2>&1 & users=$!
begun /run/user.log $users
echo user: $(stat -c '%a %u' /tmp/lastack-65533) $(ls /tmp/lastack-65533)
$user ss -q --stack stack6 -tan >/dev/null && echo found
$user ss -q --stack stack5 -tan 2>&1
lastack ss -q --stack stack5 -tan >/dev/null && echo found by root
ended $root
ended $users
ls -d /run/lastack >/dev/null 2>&1 || echo gone
ls -d /tmp/lastack-65533 >/dev/null 2>&1 || echo gone
mkdir -m 777 /run/strangers && ln -s /run/strangers /tmp/lastack-65533
$user up --tun stack6 --address 10.98.0.2/24 2>&1
rm /tmp/lastack-65533
`

describeNeeding(
  ['linux', 'root', 'ip', 'tun', 'koffi', 'curl', 'nc.openbsd', 'iperf3', 'nginx', 'python3', 'unshare'],
  'real programs against a stack on TUN',
  () => {
    let namespace: NetworkNamespace
    const big = randomBytes(HUNDRED_MB)
    const sha = createHash('sha256').update(big).digest('hex')
    const pages = join(folder, 'pages')

    const start = async (...args: string[]): Promise<ChildProcessWithoutNullStreams> => {
      const child = namespace.start(NODE, [LASTACK, 'up', ...args])
      await firstLine(child)
      return child
    }
    const shell = (line: string): string =>
      namespace.run('sh', ['-c', `lastack() { "${NODE}" "${LASTACK}" "$@"; }; ${line}`])
    const peer = (...args: string[]): string => namespace.run('python3', [PEER, ...args]).trim()
    /** A command that fails: its line on stderr. */
    const refused = (...args: string[]): { status: number | null; stderr: string } => {
      const command = ['netns', 'exec', namespace.name, NODE, LASTACK, ...args]
      return spawnSync('ip', command, { ...BOUNDED, encoding: 'utf8' })
    }

    beforeAll(async () => {
      namespace = new NetworkNamespace('up')
      mkdirSync(pages)
      writeFileSync(join(pages, 'big'), big)
      writeFileSync(join(pages, 'small.txt'), 'abcdefghij\n')
      writeFileSync(join(pages, '.hidden'), 'secret\n')
      symlinkSync('/etc/passwd', join(pages, 'out'))
      const named = ['echo', 'echo:7007', 'discard', 'chargen', 'iperf3', `http:${pages}`, `http:8080:${pages}`]
      const services = named.flatMap((one) => ['--serve', one])
      await start('--tun', 'stack0', ...services)
    })

    afterAll(async () => {
      await namespace?.remove()
      rmSync(folder, { recursive: true, force: true })
    })

    const ENDS = [
      { family: 'IPv4', stack: '10.91.0.2', url: 'http://10.91.0.2', kernel: '10.91.0.1' },
      { family: 'IPv6', stack: 'fd91::2', url: 'http://[fd91::2]', kernel: 'fd91::1' },
    ]

    describe.each(ENDS)('over $family', ({ stack, url, kernel }) => {
      test('curl fetches 100 MB', () => {
        expect(shell(`curl -gsf ${url}/big | sha256sum`)).toBe(`${sha}  -\n`)
      })

      test('Python sends 100 MB, closes its direction and has it all back', () => {
        expect(peer('echo', stack, '7', String(HUNDRED_MB))).toBe(`${HUNDRED_MB} octets back, the same`)
      })

      test('iperf3 runs both ways, with parallel streams', () => {
        for (const way of [[], ['--reverse', '--parallel', '2']]) {
          const report = JSON.parse(namespace.run('iperf3', ['-c', stack, '-n', '20M', '--json', ...way]))
          expect(report.error).toBeUndefined()
          expect(report.end.sum_received.bytes).toBeGreaterThan(10_000_000)
        }
      })

      test('iperf3 runs again and again', () => {
        const runs = Array.from({ length: 20 }, () =>
          JSON.parse(namespace.run('iperf3', ['-c', stack, '-n', '1M', '--json'])),
        )
        expect(runs.map(({ error }) => error)).toEqual(runs.map(() => undefined))
      })

      test('who has ended its direction has answers by HTTP', () => {
        const request = "printf 'GET /small.txt HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'"
        const heard = shell(`(${request}; ${request}) | nc.openbsd -N ${stack} 80`)
        expect(heard.match(/^abcdefghij$/gm)).toHaveLength(2)
      })

      test('nginx serves 100 MB to nc on the stack', async () => {
        const config = join(folder, 'nginx.conf')
        const listens = 'listen 10.91.0.1:8080; listen [fd91::1]:8080;'
        const logs = `error_log stderr; pid ${folder}/nginx.pid; daemon off; user root;`
        writeFileSync(config, `${logs} events {} http { access_log off; server { ${listens} root ${pages}; } }`)
        const nginx = namespace.start('nginx', ['-c', config, '-p', folder])
        const get = `printf 'GET /big HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'`
        const body = `tail -c ${HUNDRED_MB} | sha256sum`
        await until('nginx', () => shell(`nc.openbsd -z ${kernel} 8080 && echo there || true`).includes('there'))
        expect(shell(`${get} | lastack nc -q ${kernel} 8080 | ${body}`)).toBe(`${sha}  -\n`)
        nginx.kill('SIGTERM')
        await once(nginx, 'close')
      })

      test('nc of the kernel talks to nc -l on the stack, each after the other has closed its direction', async () => {
        const listener = namespace.start('sh', ['-c', `echo from the stack | "${NODE}" "${LASTACK}" nc -N -l 9000`])
        let heard = ''
        listener.stdout.on('data', (text) => {
          heard += text
        })
        await new Promise((resolve) => listener.stderr.once('data', resolve))
        expect(shell(`echo from the kernel | nc.openbsd -N ${stack} 9000`)).toBe('from the stack\n')
        await once(listener, 'close')
        expect(heard).toBe('from the kernel\n')
      })

      test('echo and chargen answer datagrams, discard does not, and nothing answers a port that might answer', () => {
        const datagrams = (...args: string[]): string => namespace.run('python3', [UDP_PEER, stack, ...args]).trim()
        expect(datagrams('7', '0', '0', '1', '1400', '9000')).toBe(
          '0 the same, 1 the same, 1400 the same, 9000 the same',
        )
        expect(datagrams('7007', '0', '30')).toBe('30 the same')
        expect(datagrams('19', '0', '1')).toBe('444 others')
        expect(datagrams('9', '0', '1')).toBe('nothing')
        expect(datagrams('7', '19', '1')).toBe('nothing')
      })

      test('services at ports of their own', () => {
        expect(peer('echo', stack, '7007', '100000')).toBe('100000 octets back, the same')
        expect(shell(`curl -gsf ${url}:8080/small.txt`)).toBe('abcdefghij\n')
      })

      test('a ping crosses in fragments, and so does its answer', () => {
        for (const octets of [8, 1473, 9000, 60_000])
          expect(namespace.run('python3', [PING, stack, String(octets)])).toBe(`${octets} octets back, the same\n`)
      })

      test('a port without a listener refuses, on either side', () => {
        expect(peer('refused', stack, '81')).toBe('ConnectionRefusedError')
        expect(refused('nc', kernel, '81')).toMatchObject({
          status: 2,
          stderr: `lastack nc: ${kernel} port 81: ECONNREFUSED\n`,
        })
      })
    })

    test('nc reads no directory', () => {
      const refusal = 'lastack nc: standard input is a directory: expected a file or a pipe\n2\n'
      expect(shell('lastack nc 10.91.0.2 7 < / 2>&1 || echo $?')).toBe(refusal)
    })

    test('HTTP: ranges, HEAD, conditions, keep-alive; nothing outside of the folder, nothing hidden', () => {
      const curl = (...args: string[]): string => namespace.run('curl', ['-s', '--path-as-is', ...args])
      const at = (path: string): string => `http://10.91.0.2${path}`
      const status = ['-o', '/dev/null', '-w', '%{http_code} ']
      expect(curl('-r', '2-4', at('/small.txt'))).toBe('cde')
      expect(curl('-r', '-3', at('/small.txt'))).toBe('ij\n')
      expect(curl('-I', at('/small.txt'))).toMatch(/^HTTP\/1.1 200 OK\r\n(.*\r\n)*Content-Length: 11\r\n/)
      expect(curl(...status, '-z', join(pages, 'small.txt'), at('/small.txt'))).toBe('304 ')
      expect(curl(...status, '-r', '99-', at('/small.txt'))).toBe('416 ')
      expect(curl('-w', '%{num_connects} ', at('/small.txt'), at('/small.txt'))).toBe('abcdefghij\n1 abcdefghij\n0 ')
      for (const path of [
        '/../../../../etc/passwd',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/..%2f..%2fetc/passwd',
        '/out',
        '/.hidden',
        '/no',
      ]) {
        expect(`${path} ${curl(...status, at(path))}`).toBe(`${path} 404 `)
      }
      expect(curl(...status, '-X', 'DELETE', at('/small.txt'))).toBe('405 ')
      expect(curl(at('/'))).toContain('<a href="./small.txt">small.txt</a>')
    })

    test('RST, keep-alive probes both ways, windows that stay closed both ways: side by side', async () => {
      const start = (command: string, ...args: string[]): Promise<string> => firstLine(namespace.start(command, args))
      // Before there is this file nobody reads what nc writes, nor what the stack sends, and nobody closes.
      const go = join(folder, 'go')
      const waiting = `(while [ ! -e ${go} ]; do sleep 0.1; done; sha256sum)`
      const reader = start('sh', '-c', `"${NODE}" "${LASTACK}" nc -q -l 9100 </dev/null | ${waiting}`)
      await until('a listener', () => shell('lastack ss -q --stack stack0 -tlnH sport = :9100').includes(':9100'))
      const sender = start('python3', PEER, 'send', '10.91.0.2', '9100', '30000000')
      const [resetting, living, slow] = [
        start('python3', PEER, 'reset', '10.91.0.2', '7'),
        start('python3', PEER, 'keepalive', 'fd91::2', '7', '0', go),
        start('python3', PEER, 'slow-reader', '10.91.0.2', '19', '20000000', go),
      ]
      // The slow reader's window is closed: the stack has more to send, and probes; as the kernel does with the slow listener's.
      const probed = /^ESTAB +0 +[1-9]\d+ .*timer:\(persist,/
      await until('probes of the stack', () =>
        probed.test(shell('lastack ss -q --stack stack0 -tnoH sport = :19').trim()),
      )
      await until('probes of the kernel', () => probed.test(shell('ss -tnoH dport = :9100').trim()))
      // The services of the stack ask for probes of their own.
      expect(shell('lastack ss -q --stack stack0 -tnoH src [fd91::2] sport = :7')).toContain('timer:(keepalive,')
      writeFileSync(go, '')
      expect(await Promise.all([resetting, living, slow])).toEqual(['reset', 'still here', 'right'])
      expect((await reader).split(' ')[0]).toBe(await sender)
      // What was reset is gone, and leaves no TIME-WAIT.
      expect(shell('lastack ss -q --stack stack0 -tanH dst 10.91.0.1 sport = :7')).not.toContain('ESTAB')
    })

    test('lastack ss --stack shows both ends of one connection as the kernel does', async () => {
      const child = namespace.start('nc.openbsd', ['10.91.0.2', '7'])
      await until('a connection', () =>
        shell('lastack ss -q --stack stack0 -tnH state established sport = :7').includes('10.91.0.2:7'),
      )
      const ours = shell('lastack ss -q --stack stack0 -tnH state established sport = :7').trim().split(/\s+/)
      const kernels = shell('ss -tnH state established dport = :7').trim().split(/\s+/)
      expect(ours.slice(2, 4)).toEqual(kernels.slice(2, 4).reverse())
      child.kill()
      await once(child, 'close')
    })

    test('5 % of packets lost on the link: the stream is whole, and the capture has every packet', async () => {
      const file = join(folder, 'loss.pcapng')
      const lossy = await start(
        '--tun',
        'stack1',
        '--address',
        '10.92.0.2/24',
        '--loss',
        '5%',
        '--pcap',
        file,
        '--serve',
        'echo',
      )
      expect(peer('echo', '10.92.0.2', '7', '400000')).toBe('400000 octets back, the same')
      lossy.kill('SIGINT')
      expect(await once(lossy, 'close')).toEqual([0, null])
      const capture = readCapture(readFileSync(file))
      expect([...capture].length).toBeGreaterThan(200)
      expect(capture.problem).toBeUndefined()
    })

    test.each([['a TUN'], ['a TAP', '--tap'], ['a TUN without offloads', '--plain']])(
      'datagrams cross %s beside a capture of them',
      async (_, ...how) => {
        const file = join(folder, 'datagrams.pcapng')
        const args = ['--tun', 'stack1', '--address', '10.92.0.2/24', '--address', 'fd92::2/64', '--serve', 'echo']
        const watched = await start(...args, '--pcap', file, ...how)
        for (const stack of ['10.92.0.2', 'fd92::2']) {
          const told = namespace.run('python3', [UDP_PEER, stack, '7', '0', '1', '1400', '9000'])
          expect(told).toBe('1 the same, 1400 the same, 9000 the same\n')
        }
        watched.kill('SIGINT')
        expect(await once(watched, 'close')).toEqual([0, null])
        expect([...readCapture(readFileSync(file))].length).toBeGreaterThan(20)
      },
    )

    test('a disk that is full ends the capture, and nothing else', async () => {
      const full = await start(
        ...['--tun', 'stack1', '--address', '10.92.0.2/24', '--pcap', '/dev/full', '--serve', 'echo'],
      )
      let said = ''
      full.stderr.on('data', (text: Buffer) => {
        said += text.toString()
      })
      expect(peer('echo', '10.92.0.2', '7', '4000')).toBe('4000 octets back, the same')
      full.kill('SIGINT')
      expect(await once(full, 'close')).toEqual([0, null])
      expect(said).toBe('lastack up: capture /dev/full: ENOSPC: nothing more is written to it; the stack goes on\n')
    })

    test('on a TAP the kernel and the stack find each other by ARP and by neighbour discovery', async () => {
      const child = await start(
        '--tap',
        '--tun',
        'stack3',
        '--address',
        '10.95.0.2/24',
        '--address',
        'fd95::2/64',
        '--serve',
        'echo',
      )
      for (const stack of ['10.95.0.2', 'fd95::2']) {
        expect(peer('echo', stack, '7', '5000000')).toBe('5000000 octets back, the same')
        expect(shell(`ip neighbour show ${stack} dev stack3`)).toMatch(/ lladdr 02(:[0-9a-f]{2}){5} /)
      }
      const { status, stderr } = refused('nc', '--stack', 'stack3', '10.95.0.77', '7')
      expect([status, stderr]).toEqual([2, 'lastack nc: 10.95.0.77 port 7: EHOSTUNREACH\n'])
      child.kill('SIGINT')
      expect(await once(child, 'close')).toEqual([0, null])
    })

    test('what cannot be is one line, exit 2, and leaves nothing', () => {
      const lines = [
        ['--tun', 'stack0', '--address', '10.93.0.2/24'],
        ['--tun', 'lo', '--address', '10.93.0.2/24'],
        ['--tun', 'a/b', '--address', '10.93.0.2/24'],
        ['--address', '10.91.0.1/24'],
        ['--address', '10.91.0.9/24'],
        ['--pcap', '/nowhere/file', '--address', '10.93.0.2/24'],
        ['--set', 'net.ipv4.no_such=1', '--address', '10.93.0.2/24'],
      ].map((args) => {
        const { status, stderr } = refused('up', ...args)
        return `${status} ${stderr.trimEnd()}`
      })
      expect(lines).toEqual([
        '2 lastack up: interface stack0: the name is in use: choose another (--tun)',
        '2 lastack up: interface lo: the name is in use: choose another (--tun)',
        "2 lastack up: interface 'a/b': expected a name of 1 to 15 octets without spaces, / and :",
        "2 lastack up: address '10.91.0.1/24': stack0 has it: choose another (--address)",
        "2 lastack up: address '10.91.0.9/24': its net is that of stack0 (10.91.0.1/24): choose another (--address)",
        '2 lastack up: capture /nowhere/file: cannot be written: ENOENT',
        "2 lastack up: unknown sysctl 'net.ipv4.no_such' for linux",
      ])
      const links = namespace
        .run('ip', ['-br', 'link'])
        .split('\n')
        .map((line) => line.split(/[ @]/)[0])
      expect(links).toEqual(['lo', 'hole1', 'hole0', 'stack0', ''])
    })

    test('without the privilege one line says so', () => {
      const command = [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        NODE,
        LASTACK,
        'up',
        '--address',
        '10.93.0.2/24',
      ]
      const { status, stderr } = spawnSync('ip', ['netns', 'exec', namespace.name, 'setpriv', ...command], {
        ...BOUNDED,
        encoding: 'utf8',
      })
      expect(status).toBe(2)
      expect(stderr).toMatch(/^lastack up: needs CAP_NET_ADMIN: run it as root, or `sudo setcap [^\n]*`\n$/)
    })

    test('the name that a stack of another network namespace has is not taken', async () => {
      const other = new NetworkNamespace('up-other')
      const names = new Set<string | undefined>()
      const children: ChildProcessWithoutNullStreams[] = []
      try {
        for (const one of [namespace, other]) {
          const child = one.start(NODE, [LASTACK, 'up', '--address', '10.97.0.2/24'])
          children.push(child)
          names.add((await firstLine(child)).split(' ')[0])
        }
        expect(names.size).toBe(2)
        for (const name of names) expect(shell(`lastack ss -q --stack ${name} -tan`)).toContain('State')
      } finally {
        await other.remove()
        for (const child of children) {
          if (child.exitCode !== null || child.signalCode !== null) continue
          child.kill('SIGINT')
          await once(child, 'close')
        }
      }
    })

    test('a user with the privilege has a stack beside those of root', () => {
      const out = namespace.run('sh', ['-c', BESIDE_ROOT, NODE, LASTACK])
      expect(out.trim().split('\n')).toEqual([
        'lastack up: /dev/net/tun: EACCES: its mode is 0600, its owner root: expected a mode that lets this user in (sudo chmod 666 /dev/net/tun)',
        'root: stack5.sock',
        'user: 700 65533 stack6.sock',
        'found',
        "lastack ss: no stack 'stack5' is running: expected stack6",
        'found by root',
        'gone',
        'gone',
        'lastack up: /tmp/lastack-65533: expected a folder that is yours and closed to others: remove it, or set XDG_RUNTIME_DIR',
      ])
    })

    test('kill -9 leaves no interface, and the next start takes the name again', async () => {
      const args = ['--tun', 'stack2', '--address', '10.94.0.2/24', '--address', 'fd94::2/64']
      const first = await start(...args)
      first.kill('SIGKILL')
      await once(first, 'close')
      expect(namespace.run('ip', ['-br', 'link'])).not.toContain('stack2')
      expect(namespace.run('ip', ['route'])).not.toContain('stack2')
      expect(refused('ss', '--stack', 'stack2').stderr).toBe(
        "lastack ss: no stack 'stack2' is running: expected stack0\n",
      )
      const second = await start(...args)
      expect(shell('lastack ss -q --stack stack2 -tan')).toContain('State')
      second.kill('SIGTERM')
      expect(await once(second, 'close')).toEqual([0, null])
    })
  },
)
