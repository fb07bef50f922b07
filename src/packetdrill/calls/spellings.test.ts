import { describe, expect, test } from 'vitest'
import { runScript } from '../run/run-script.ts'

const SERVER = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 32792
+0 accept(3, ..., ...) = 4
`
const DATA = '+0 < P. 1:11(10) ack 1 win 32792\n+0 > . 1:1(0) ack 11\n'

/** What becomes of events behind a handshake. */
function reasonOf(events: string, ...options: string[]): string {
  const given = options.map((option) => ({ name: option.split('=')[0] ?? '', value: option.split('=')[1] ?? null }))
  return runScript('a.pkt', SERVER + events, { options: given }).reason
}

describe('structures are read with the names of their fields or without:', () => {
  test.each([
    '+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {1, 0}, 8) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {1, 0}, [8]) = 0\n',
    '+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, ...) = 0\n+0 close(4) = 0\n+0 > R. 1:1(0) ack 1\n',
    '+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {1, 0}, ...) = 0\n',
    '+0 setsockopt(4, SOL_TCP, TCP_MD5SIG, {tcpm_addr=..., tcpm_keylen=3, tcpm_key="abc"}, ...) = 0\n',
    '+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, "reno", ...) = 0\n+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, "reno", ...) = 0\n',
    '+0 poll([{4, POLLOUT, POLLOUT}], 1, 0) = 1\n+0 ppoll([{4, POLLOUT, POLLOUT}], 1, {0, 0}, NULL) = 1\n',
    `+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {EPOLLIN, {u32=4, u64=4}}) = 0\n${DATA}+0 epoll_wait(5, {{EPOLLIN, {u32=4, u64=4}}}, 1, 0) = 1\n`,
    `+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={fd=4}}) = 0\n${DATA}+0 epoll_wait(5, [{events=EPOLLIN, data=4}], 1, 0) = 1\n`,
    '+0 getsockname(4, {AF_INET, htons(8080), inet_addr("192.168.0.1")}, [16]) = 0\n',
    '+0 getsockname(4, {sin_family=AF_INET, sin_port=htons(...), sin_addr=...}, ...) = 0\n',
  ])('%j', (events) => {
    expect(reasonOf(events)).toBe('')
  })

  test("addresses of IPv6 are read as strace writes them, and by the language's constants", () => {
    const bound = (address: string): string =>
      `0 socket(AF_INET6, SOCK_STREAM, 0) = 3\n+0 bind(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), ${address}, sin6_scope_id=0}, 28) = 0\n`
    const told = (address: string): string =>
      runScript(
        'a.pkt',
        `${bound(address)}+0 getsockname(3, {AF_INET6, htons(80), 0, inet_pton(AF_INET6, "::", &sin6_addr), 0}, [28]) = 0\n`,
        {
          options: [{ name: 'ip_version', value: 'ipv6' }],
        },
      ).reason
    expect(told('inet_pton(AF_INET6, "::", &sin6_addr)')).toBe('')
    expect(told('sin6_addr=in6addr_any')).toBe('')
    expect(told('sin6_addr=in6addr_loopback')).toContain('the address is ::1, port 80')
  })
})

describe('select() and pselect()', () => {
  test('refuse a time below zero, as ppoll() does', () => {
    expect(
      reasonOf(`+0 select(5, [4], NULL, NULL, {0, -1000}) = -1 EINVAL
+0 pselect(5, [4], NULL, NULL, {-1, 0}, NULL) = -1 EINVAL
+0 ppoll([{fd=4, events=POLLIN}], 1, {-1, 0}, NULL) = -1 EINVAL
`),
    ).toBe('')
  })

  test('tell what is ready, wait for it, and say what is left of each set', () => {
    expect(
      reasonOf(`+0 select(5, [3, 4], [4], [], {tv_sec=0, tv_usec=0}) = 1
+0 select(5, [[3, 4], []], [[4], [4]], NULL, {0, 0}) = 1
+0 select(4, [4], [4], [], {0, 0}) = 0
+0 select(10, [9], [], [], {0, 0}) = -1 EBADF (Bad file descriptor)
+0 pselect(5, [[4], []], NULL, NULL, {tv_sec=0, tv_nsec=0}, NULL) = 0
+0...0.1 select(5, [4], NULL, NULL, {tv_sec=0, tv_usec=100000}) = 0
+.1...0.3 pselect(5, [[4], [4]], NULL, NULL, NULL, NULL) = 1
+.2 < P. 1:11(10) ack 1 win 32792
`),
    ).toBe('')
    expect(reasonOf('+0 select(5, NULL, [[3, 4], [3]], NULL, {0, 0}) = 1\n')).toBe(
      'select() leaves [4] of a set, expected [3]',
    )
  })
})

describe('sendmmsg() and recvmmsg()', () => {
  const one = (length: number, told: number): string =>
    `{msg_hdr={msg_name(...)=..., msg_iov(1)=[{..., ${length}}], msg_flags=0}, msg_len=${told}}`

  test('carry several messages', () => {
    expect(
      reasonOf(`+0 sendmmsg(4, [${one(10, 10)}, ${one(20, 20)}], 2, MSG_NOSIGNAL) = 2
+0 > P. 1:11(10) ack 1
+.1 < . 1:1(0) ack 11 win 32792
+0 > P. 11:31(20) ack 1
${DATA.replaceAll('ack 1 ', 'ack 31 ').replace('> . 1:1', '> . 31:31')}+0 recvmmsg(4, [${one(4, 4)}, ${one(9, 6)}, ${one(9, 0)}], 3, MSG_DONTWAIT, NULL) = 2
+0 recvmmsg(4, [${one(4, 0)}], 1, MSG_DONTWAIT, NULL) = -1 EAGAIN (Resource temporarily unavailable)
+0...0.1 recvmmsg(4, [${one(4, 4)}, ${one(4, 0)}], 2, MSG_WAITFORONE, {1, 0}) = 1
+.1 < P. 11:15(4) ack 31 win 32792
`),
    ).toBe('')
    expect(reasonOf(`+0 sendmmsg(4, [${one(10, 9)}], 1, 0) = 1\n`)).toMatch(/^msg_len is 10, expected 9\n/)
  })
})

describe('descriptors that are no sockets', () => {
  test('vmsplice() fills a pipe, and splice() empties it', () => {
    expect(
      reasonOf(`+0 pipe([5, 6]) = 0
+0 vmsplice(6, [{..., 60}, {..., 40}], 2, 0) = 100
+0 vmsplice(5, [{..., 10}], 1, 0) = 10
+0 vmsplice(4, [{..., 10}], 1, 0) = -1 EBADF (Bad file descriptor)
+0 splice(5, NULL, 4, NULL, 100, SPLICE_F_MOVE) = 90
+0 > P. 1:91(90) ack 1
+0 vmsplice(5, [{..., 10}], 1, SPLICE_F_NONBLOCK) = -1 EAGAIN (Resource temporarily unavailable)
`),
    ).toBe('')
  })

  test('files are written, gone back in, and sent', () => {
    expect(
      reasonOf(`+0 open("/tmp/a", O_RDWR|O_CREAT|O_TRUNC, 0644) = 5
+0 write(5, ..., 100) = 100
+0 lseek(5, -60, SEEK_END) = 40
+0 sendfile(4, 5, NULL, 1000) = 60
+0 > P. 1:61(60) ack 1
+0 creat("/tmp/b", 0644) = 6
+0 read(6, ..., 1) = -1 EBADF (Bad file descriptor)
+0 openat(AT_FDCWD, "/dev/null", O_RDONLY) = 7
+0 read(7, ..., 10) = 0
+0 write(7, ..., 10) = -1 EBADF (Bad file descriptor)
+0 lseek(4, 0, SEEK_SET) = -1 ESPIPE (Illegal seek)
+0 pread(4, ..., 10, 0) = -1 ESPIPE (Illegal seek)
+0 fsync(4) = -1 EINVAL (Invalid argument)
`),
    ).toBe('')
  })

  test('FD_CLOEXEC is kept of each, and sleeping takes time', () => {
    expect(
      reasonOf(`+0 fcntl(4, F_GETFD) = 0
+0 fcntl(4, F_SETFD, FD_CLOEXEC) = 0
+0 fcntl(4, F_GETFD) = FD_CLOEXEC (flags FD_CLOEXEC)
+0 socket(..., SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 8
+0 fcntl(8, F_GETFD) = 1
+0 dup(8) = 9
+0 fcntl(9, F_GETFD) = 0
+0...0.1 usleep(100000) = 0
+.1...0.2 nanosleep({tv_sec=0, tv_nsec=100000000}, NULL) = 0
`),
    ).toBe('')
  })
})

test('what recvmsg() and readv() bring is compared with texts that a vector names', () => {
  const read = (text: string): string =>
    `${DATA}+0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{"${text}", 5}, {..., 5}], msg_flags=0}, 0) = 10\n`
  expect(reasonOf(read('x'))).toBe('')
  expect(reasonOf(`${DATA}+0 readv(4, [{"abcde", 5}], 1) = 5\n`)).toMatch(/^read "\\u0000.*, expected "abcde"$/)
})

test('notes may hold brackets, and a sign may stand apart', () => {
  expect(reasonOf('+0 close(9) = - 1 EBADF (Bad (file) descriptor)\n')).toBe('')
  expect(reasonOf('+0 close(9) = -1 EBADF (Bad) (file)\n')).toBe('')
})

describe('what recvmsg() and sendmsg() take beside the data', () => {
  test.each([
    ['SO_TIMESTAMP', 'SCM_TIMESTAMP', 'tv_sec=0, tv_usec=150000'],
    ['SO_TIMESTAMPNS', 'SCM_TIMESTAMPNS', 'tv_sec=0, tv_nsec=150000000'],
    ['SO_TIMESTAMPNS', 'SCM_TIMESTAMPNS', 'scm_sec=0, scm_nsec=150000000'],
  ])('%s has a time, and room for no more than that is enough', (option, type, data) => {
    const events = `+0 setsockopt(4, SOL_SOCKET, ${option}, [1], 4) = 0\n+.05 < P. 1:11(10) ack 1 win 32792\n+0 > . 1:1(0) ack 11
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 20}], msg_flags=0, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=${type}, cmsg_data={${data}}}]}, 0) = 10\n`
    expect(reasonOf(events)).toBe('')
    expect(reasonOf(events.replace('=15', '=25'))).toContain('other control messages')
    expect(reasonOf(events.replace(/cmsg_data=\{.*?\}/, 'cmsg_data=...'))).toBe('')
  })

  test('NULL is no control message at all', () => {
    const message = '{msg_name=NULL, msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=NULL}'
    expect(reasonOf(`+0 sendmsg(4, ${message}, 0) = 10\n+0 > P. 1:11(10) ack 1\n`)).toBe('')
    expect(reasonOf(`${DATA}+0 recvmsg(4, ${message}, 0) = 10\n`)).toBe('')
  })
})

test('a file says how it was opened', () => {
  expect(reasonOf('+0 open("a", O_RDWR|O_CREAT|O_APPEND|O_NONBLOCK, 0600) = 5\n+0 fcntl(5, F_GETFL) = 0x8c02\n')).toBe(
    '',
  )
  expect(reasonOf('+0 open("a", O_RDONLY|O_CLOEXEC) = 5\n+0 fcntl(5, F_GETFD) = 1\n')).toBe('')
})

test("an address of TCP_MD5SIG is a structure, or a number's text", () => {
  expect(
    reasonOf(
      '+0 setsockopt(4, SOL_TCP, TCP_MD5SIG, {tcpm_addr=inet_addr("192.0.2.1"), tcpm_keylen=3, tcpm_key="abc"}, ...) = 0\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 <nop,nop,md5 valid>\n',
    ),
  ).toBe('')
})
