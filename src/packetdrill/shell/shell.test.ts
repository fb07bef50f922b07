import { describe, expect, test } from 'vitest'
import { AF_INET, Host, personalities, SOCK_STREAM } from '../../stack/index.ts'
import { Shell } from './shell.ts'
import { ALWAYS } from './sysctls.ts'

/** A host with a listener, and a shell on it. */
function world(files: Readonly<Record<string, string>> = {}): {
  host: Host
  shell: Shell
  slept: number[]
  dropped: string[]
  told: string[]
} {
  const host = new Host({ name: 'host', seed: 1 })
  const process = host.spawn('server')
  const fd = process.socket(AF_INET, SOCK_STREAM)
  process.bind(fd, { address: '127.0.0.1', port: 8080 })
  process.listen(fd, 5)
  const slept: number[] = []
  const dropped: string[] = []
  const told: string[] = []
  const shell = new Shell({
    host,
    sleep: (us) => slept.push(us),
    drop: (...ends) => dropped.push(ends.join(' ')) > 0,
    readFile: (path) => files[path],
    tell: (line) => told.push(line),
  })
  return { host, shell, slept, dropped, told }
}

describe('sysctls', () => {
  test.each([
    ['sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0 > /dev/null 2>&1', '0 0'],
    ['sysctl -w net.ipv4.tcp_sack=0 && sysctl -w "net.ipv4.tcp_timestamps=0"', '0 0'],
    [`A=0; sysctl -q net.ipv4.tcp_sack=$A # a comment\nsysctl -q net.ipv4.tcp_timestamps=\${A}`, '0 0'],
    ['false || sysctl -q /proc/sys/net/ipv4/tcp_sack=$((2 - 1 * 2)) | true', '0 1'],
    ['false && sysctl -q net.ipv4.tcp_sack=0 || true', '1 1'],
    ['echo 0 > /proc/sys/net/ipv4/tcp_sack; printf 0 | tee /proc/sys/net/ipv4/tcp_timestamps > /dev/null', '0 0'],
    ['for one in sack timestamps; do sysctl -q "net.ipv4.tcp_$one = 0"; done', '0 0'],
    ['off() { sysctl -q net.ipv4.tcp_$1=0; }\noff sack && off timestamps', '0 0'],
    ['if [ -e /proc/sys/net/ipv4/tcp_sack -a ! -e /proc/sys/no ]; then sysctl -q net.ipv4.tcp_sack=0; fi', '0 1'],
    [`[[ "$(sysctl -n net.ipv4.tcp_sack)" == [1-3] ]] && sysctl -q net.ipv4.tcp_sack=\${OFF:-0}`, '0 1'],
    [
      'X=$(cat /proc/sys/net/ipv4/tcp_sack)\nwhile (( X > 0 )); do X=$((X - 1)); done; sysctl -q net.ipv4.tcp_sack=$X',
      '0 1',
    ],
    ['case linux in *bsd) false;; lin*) sysctl -q net.ipv4.tcp_sack=0;; esac', '0 1'],
    ["bash -ec 'sysctl -q net.ipv4.tcp_sack=0; false; sysctl -q net.ipv4.tcp_timestamps=0' || true", '0 1'],
    ['sysctl -q -p - <<END\n# of a test\nnet.ipv4.tcp_sack = 0\nEND', '0 1'],
    ['sysctl -n net.ipv4.tcp_sack | while read -r x; do sysctl -q net.ipv4.tcp_sack=$((x ? 0 : 1)); done', '0 1'],
    [
      'sysctl -q net.ipv4.tcp_no_such=1 2> /dev/null; sysctl -e net.ipv4.tcp_no_such=1; sysctl -q net.ipv4.tcp_sack=0',
      '0 1',
    ],
    ['sysctl -q net.ipv4.tcp_sack=0; exit 0; sysctl -q net.ipv4.tcp_timestamps=0', '0 1'],
  ])('%j', (text, expected) => {
    const { host, shell } = world()
    shell.run(text)
    expect(['tcp_sack', 'tcp_timestamps'].map((name) => host.sysctl.get(`net.ipv4.${name}`)).join(' ')).toBe(expected)
  })

  test('are put back by the script that set_sysctls.py leaves', () => {
    const { host, shell } = world()
    shell.run('../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 net.ipv4.tcp_fin_timeout=5')
    expect(host.sysctl.get('net.ipv4.tcp_fin_timeout')).toBe('5')
    shell.run(`/tmp/sysctl_restore_\${PPID}.sh`)
    expect(['tcp_sack', 'tcp_fin_timeout'].map((name) => host.sysctl.get(name))).toEqual(['1', '60'])
  })

  test('come from files too, with sums in quotes', () => {
    const { host, shell } = world({
      './a.sh': '. ./b.sh',
      './b.sh': 'sysctl -q net.ipv4.tcp_rmem="4096 $((2*1000)) $(( 1024 * (2 + 2) ))"',
    })
    shell.run('./a.sh')
    expect(host.sysctl.get('net.ipv4.tcp_rmem')).toMatch(/^4096\s2000\s4096$/)
  })

  test('come from scripts beside scripts, with arguments, under any name', () => {
    const { host, shell } = world({
      '../common/all': '#!/usr/bin/env bash\nset -e\nsource $(dirname $0)/one.sh tcp_sack "$@"\n',
      '../common/one.sh': 'for value in "$2" 0; do sysctl -q net.ipv4.$1=$value; done\nreturn 0\nfalse\n',
    })
    shell.run('../common/all 1 && python3 ../common/set_sysctls.py net.ipv4.tcp_fin_timeout=7')
    expect(['tcp_sack', 'tcp_fin_timeout'].map((name) => host.sysctl.get(name))).toEqual(['0', '7'])
  })

  test('come from files of the folder that cd leads to, for as long as the command runs', () => {
    const { host, shell } = world({ '../common/./one.sh': 'sysctl -q net.ipv4.tcp_sack=0' })
    shell.run('cd .. && cd common; ./one.sh')
    expect(host.sysctl.get('net.ipv4.tcp_sack')).toBe('0')
    expect(() => shell.run('./one.sh')).toThrow('unsupported command ./one.sh')
  })

  test('may be the key of Fast Open, hexadecimal numbers, and what the stack always does', () => {
    const { host, shell } = world()
    shell.run(
      'sysctl -q net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4,1-2-3-4 net.ipv4.tcp_fin_timeout=0x10',
    )
    shell.run(
      'sysctl -q net.ipv4.tcp_autocorking=0 net.ipv4.tcp_min_snd_mss=48 && sysctl -n net.ipv4.tcp_min_snd_mss | grep -q 48',
    )
    expect([host.fastOpen.key, host.sysctl.get('tcp_fin_timeout')]).toEqual([
      'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4,00000001-00000002-00000003-00000004',
      '16',
    ])
  })

  test('are those of the system, where it has them: no entry for what the stack always does hides one', () => {
    const own = [personalities.linux, personalities.freebsd].flatMap(({ sysctls }) => sysctls.map(({ name }) => name))
    expect(Object.keys(ALWAYS).filter((name) => own.includes(name))).toEqual([])
  })

  test('that the system does not have are told where the script goes on', () => {
    const { shell, told } = world()
    shell.run('sysctl -q net.ipv4.tcp_no_such=3 2> /dev/null || true; sysctl -e -q net.ipv4.tcp_none=1')
    expect(told).toEqual(['there is no sysctl net.ipv4.tcp_no_such=3'])
  })

  test('that cannot be followed are named', () => {
    expect(() => world().shell.run('sysctl -w net.ipv4.tcp_no_such=3')).toThrow(
      'unsupported sysctl net.ipv4.tcp_no_such=3',
    )
    expect(() => world().shell.run('sysctl -w net.ipv4.tcp_sack=many')).toThrow("'many' is not")
  })
})

describe('other commands', () => {
  test.each([
    'ss -tln | grep -q 127.0.0.1:8080',
    'netstat -tln | grep -c LISTEN',
    'sockstat | grep -E "tcp4 127.0.0.1:8080 .*LISTEN"',
    'grep -q "0100007F:1F90 00000000:0000 0A" /proc/net/tcp',
    'nstat -az | grep -q TcpExtTCPTimeouts',
    'ss -tln | grep -qv nothing',
    '! ss -tln | grep -q nothing',
    "ss -tln | grep LISTEN | awk '{print $4}' | cut -d: -f2 | sed s/80/90/ | tr 9 8 | sort | head -1 | grep -qx 8080",
    'grep -q "^TcpExt:.* TCPTimeouts" /proc/net/netstat && cat /proc/net/sockstat | grep -q "TCP: inuse 1"',
    'echo one > /tmp/note; echo two >> /tmp/note; test $(wc -l < /tmp/note) -eq 2 && rm -f /tmp/note && [ ! -e /tmp/note ]',
    'ip link show lo | grep -q "mtu [0-9]" && ip -6 route list && which ip > /dev/null 2>&1',
    'iptables -t filter -F; nft flush ruleset; pkill packetdrill || true; lsmod | grep -q bbr || true',
    '[ "$(python3 -c "print(2 ** 3)")" = 8 ] && [ $(expr 3 + 4) -eq 7 ] && timeout 5 true && ! expr a = b',
    'ip tcp_metrics flush all; tc qdisc add dev tun0 root pfifo; ethtool -K tun0 tso off; true',
    `test $(nstat -az TcpExtTCPTimeouts | awk '/TCPTimeouts/ {print $2}') -eq 0`,
    `nstat -az | awk '$1 == "TcpExtTCPTimeouts" { found = 1; exit $2 != 0 } END { exit !found }'`,
    `[ "$(printf 'a 1\\nb 22\\nc 3\\n' | awk 'NR > 1 && !/c/ {s += $2; n++} END {printf "%d of %s\\n", s, n}')" = "22 of 1" ]`,
    `[ "$(echo a:9 b | awk -F: -v most=10 '{if ($2 + 0 < most) print "less", $1; else print "more"}')" = "less a" ]`,
    `[ "$(printf 'x 10\\nx 9\\n' | awk '$2 > m {m = $2} END {print m, "10" < "9", length(m) substr("abc", 2)}')" = "10 1 2bc" ]`,
    `[ "$(printf '1\\n2\\n' | sed -n 2p)" = 2 ]`,
    'n=0; for ((i = 0; i < 5; i++)); do [ $i = 3 ] && continue; n=$((n + i)); done; [ $n = 7 ] && [ $i = 5 ]',
    'for (( ; ; )); do break; done; [ "$(echo "(1 + 2) * 3" | bc)" = 9 ] && [ "$(echo a b | xargs echo -)" = "- a b" ]',
    'sysctl -a 2> /dev/null | grep -qx "net.ipv4.tcp_sack = 1" && ls /proc/sys/net/ipv4 | grep -qx tcp_sack && ! ls /proc/sys/no',
    'ethtool -k lo | grep -q "tcp-segmentation-offload: off" && ip -V | grep -q iproute2 && ip route | grep -q "dev lo"',
    '[ $(cat /sys/class/net/lo/mtu) -gt 1000 ] && ip link set mtu 1400 dev lo && [ $(cat /sys/class/net/lo/mtu) = 1400 ]',
    'echo 1300 > /sys/class/net/lo/mtu; ip link show lo | grep -q "mtu 1300" && cat /proc/net/sockstat6 /proc/uptime > /dev/null',
    '[ $(echo $(for i in 1 2 3; do echo $i; [ $i = 2 ] && exit 0; done) | wc -w) = 2 ]',
    'f() { if echo a; then return 0; fi; }; [ "$(f)" = a ]',
    'f() { return 1; }; (f() { return 0; }; f) && ! f',
    'for ((i = 0; i < 60; i++)); do sh -c "exit 0"; x=$(exit 0); done',
    'x=1; (x=2; exit 3); [ $? = 3 ] && [ $x = 1 ] && { echo 5 | { read x; exit 4; } || [ $? = 4 ]; } && [ $x = 1 ]',
    'netstat -st | grep -qi "segments sent out" && netstat -s | grep -q "passive connection openings" || netstat -s',
  ])('%s', (text) => {
    expect(() => world().shell.run(text)).not.toThrow()
  })

  test('that find nothing fail', () => {
    expect(() => world().shell.run('ss -tln | grep -q 127.0.0.1:9999')).toThrow('the command failed with status 1')
  })

  const cubic = '/sys/module/tcp_cubic/parameters'

  test.each([
    ['beta', 'beta', 717],
    ['fast_convergence', 'fastConvergence', 1],
    ['tcp_friendliness', 'tcpFriendliness', 1],
    ['initial_ssthresh', 'initialSsthresh', 0],
    ['hystart', 'hystart', 1],
    ['hystart_detect', 'hystartDetect', 3],
    ['hystart_low_window', 'hystartLowWindow', 16],
    ['hystart_ack_delta_us', 'hystartAckDeltaUs', 2000],
  ] as const)('turn %s of CUBIC', (file, key, usual) => {
    const { host, shell } = world()
    shell.run(
      `[ $(cat ${cubic}/${file}) = ${usual} ] && echo 0x20 > ${cubic}/${file} && [ $(cat ${cubic}/${file}) = 32 ]`,
    )
    expect(host.config.cubic[key]).toBe(32)
    shell.run(`echo -010 | tee ${cubic}/${file}; > ${cubic}/${file}`)
    expect(host.config.cubic[key]).toBe(-8)
  })

  test.each(['many', '4294967296', '1 2', '08'])('do not turn anything of CUBIC to %s', (value) => {
    const { host, shell } = world()
    shell.run(`echo "${value}" > ${cubic}/beta || echo "${value}" | tee ${cubic}/hystart || true`)
    expect(() => shell.run(`echo "${value}" > ${cubic}/beta`)).toThrow('the command failed with status 1')
    expect([host.config.cubic.beta, host.config.cubic.hystart]).toEqual([717, 1])
  })

  test('find the scale of its curve, which cannot be turned', () => {
    expect(() =>
      world().shell.run(`[ $(cat ${cubic}/bic_scale) = 41 ] && ! echo 40 > ${cubic}/bic_scale`),
    ).not.toThrow()
  })

  test('end with eight bits of what they say, and with 2 where that is no number', () => {
    expect(() => world().shell.run('exit many')).toThrow('failed with status 2')
    expect(() => world().shell.run('exit 257')).toThrow('failed with status 1')
  })

  test('make files of a length', () => {
    const { shell } = world()
    shell.run(`/bin/dd if=/dev/zero of=/tmp/a bs=1k count=2 status=none && truncate -s 70 /tmp/b
fallocate -l5 c && dd if=/dev/zero of=/tmp/d count=1; rm -f /tmp/b`)
    expect(['/tmp/a', '/tmp/b', 'c', '/tmp/d'].map((path) => shell.lengthOf(path))).toEqual([2048, undefined, 5, 512])
  })

  test('let time pass, and drop connections', () => {
    const { shell, slept, dropped } = world()
    shell.run('sleep 1.5; tcpdrop 127.0.0.1 8080 127.0.0.2 1234')
    expect([slept, dropped]).toEqual([[1_500_000], ['127.0.0.1 8080 127.0.0.2 1234']])
  })

  test.each([
    'rm -rf /',
    'python3 -m http.server',
    'nft add table inet a',
    './missing.sh',
    'ip route change default via 1.1.1.1 realms 10',
    'grep x /etc/passwd',
    'cat /etc/passwd',
    'echo 1 > /sys/module/tcp_cubic/parameters/fast_convergence_of_all',
    'tc qdisc add dev tun0 root netem delay 10ms',
    'echo x | bc',
    '(sleep 1; tcpdrop 1.1.1.1 1 2.2.2.2 2) &',
    'iptables -A OUTPUT -j DROP || true',
    'a=(1 2)',
    'if true; then',
    'ip link set tun7 mtu 1400',
    'ip rule add from all lookup 7',
    'true\u00a0false',
    '\v',
    '/usr/bin/program',
    './bits.sh',
    'dd if=/etc/passwd of=/tmp/a bs=1 count=1',
    'truncate -r /tmp/a /tmp/b',
    "awk '{a[1] = 2}' < /dev/null",
    "awk 'BEGIN {print 1 / 0}'",
    "awk 'BEGIN {print toString(1)}'",
    "awk '{print > 1}' < /dev/null",
  ])('%s is refused by name', (text) => {
    const files = { '/usr/bin/program': 'true', './bits.sh': 'true\0' }
    expect(() => world(files).shell.run(text)).toThrow(/^unsupported (command|grep over|shell) /)
  })
})
