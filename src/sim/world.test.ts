import { describe, expect, it } from 'vitest'
import { MS, SECOND } from '../base/index.ts'
import type { LinkOptions } from './bare-world.ts'
import { WorldError } from './errors.ts'
import type { SimHost } from './host.ts'
import type { Program } from './program.ts'
import { ladder, netstat, ss } from './tables.ts'
import { World } from './world.ts'

function pair(link: LinkOptions = {}, seed = 1): { world: World; client: SimHost; server: SimHost } {
  const world = new World({ seed })
  const client = world.host('client')
  const server = world.host('server')
  world.link(client, server, { delayUs: 10 * MS, ...link })
  return { world, client, server }
}

function listen(p: Program, port: number): number {
  const fd = p.socket()
  p.bind(fd, '0.0.0.0', port)
  p.listen(fd, 16)
  return fd
}

describe('a program', () => {
  it('waits in its calls, and is traced as strace would show it', () => {
    const { world, client, server } = pair()
    server.run('server', function* (p) {
      const conn = yield* p.accept(listen(p, 80))
      const { text } = yield* p.recv(conn, 100)
      yield* p.send(conn, text.toUpperCase())
      p.close(conn)
    })
    client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      yield* p.send(fd, 'hello\n')
      yield* p.recv(fd, 100)
      p.close(fd)
    })
    world.run({ untilUs: SECOND })
    const calls = (host: number): string[] =>
      world.recorder
        .toArray()
        .flatMap((event) => (event.kind === 'call' && event.host === host ? [`${event.text} = ${event.result}`] : []))
    expect(calls(0)).toEqual([
      'socket(AF_INET, SOCK_STREAM, 0) = 3',
      'connect(3, 10.0.0.2:80) <unfinished ...> = 0',
      'connect(3, 10.0.0.2:80) = 0',
      'send(3, "hello\\n", 6 octets) = 6',
      'recv(3, 100 octets) <unfinished ...> = 0',
      'recv(3, "HELLO\\n", 100 octets) = 6',
      'close(3) = 0',
      'exit(0) = 0',
    ])
    expect(calls(1)).toContain('accept(3) <unfinished ...> = 0')
    expect(calls(1).filter((call) => /^accept\(3, 10\.0\.0\.1:\d+\) = 4$/.test(call))).toHaveLength(1)
  })

  it('stands before what it causes in the trace', () => {
    const { world, client, server } = pair()
    server.run('server', function* (p) {
      yield* p.accept(listen(p, 80))
      yield* p.forever()
    })
    client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      p.close(fd)
    })
    world.run({ untilUs: SECOND })
    const events = world.recorder.toArray()
    const close = events.findIndex((event) => event.kind === 'call' && event.text === 'close(3)')
    const fin = events.findIndex((event) => event.kind === 'segment' && (event.flags & 1) !== 0)
    expect(close).toBeGreaterThan(0)
    expect(fin).toBeGreaterThan(close)
    expect(events[close]?.conn).toBe(events[fin]?.conn)
  })

  it('receives all it asks for with waitAll, and peeks', () => {
    const { world, client, server } = pair()
    const got: string[] = []
    server.run('server', function* (p) {
      const conn = yield* p.accept(listen(p, 80))
      got.push((yield* p.recv(conn, 3, { peek: true })).text)
      got.push((yield* p.recv(conn, 6, { peek: true, waitAll: true })).text)
      got.push((yield* p.recv(conn, 6, { waitAll: true })).text)
      const last = yield* p.recv(conn, 6, { waitAll: true })
      got.push(`${last.text} ${last.result}`)
    })
    client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      for (const piece of ['abc', 'def', 'gh']) {
        yield* p.send(fd, piece)
        yield* p.sleep(SECOND)
      }
      p.close(fd)
    })
    world.run({ untilUs: 10 * SECOND })
    expect(got).toEqual(['abc', 'abc', 'abcdef', 'gh 2'])
  })

  it('lingers in close() until the peer has everything, or the time is over', () => {
    const lingering = (cutAfterUs: number): number => {
      const { world, client, server } = pair({ rateBitsPerSecond: 1_000_000 })
      server.run('server', function* (p) {
        yield* p.readAll(yield* p.accept(listen(p, 80)))
      })
      let took = 0
      client.run('client', function* (p) {
        const fd = p.socket()
        p.setsockopt(fd, 'SO_SNDBUF', 1_000_000)
        yield* p.connect(fd, 'server', 80)
        yield* p.send(fd, 'x'.repeat(100_000))
        const began = world.now
        yield* p.lingeringClose(fd, 5)
        took = world.now - began
      })
      world.at(cutAfterUs, () => world.links[0]?.cut())
      world.run({ untilUs: 60 * SECOND })
      return took
    }
    // 100 kB at 1 Mbit/s are 0.8 s and a little.
    expect(lingering(100 * SECOND)).toBeGreaterThan(700 * MS)
    expect(lingering(100 * SECOND)).toBeLessThan(SECOND)
    expect(lingering(100 * MS)).toBe(5 * SECOND)
  })

  it('shares descriptors with a child: the FIN leaves with the last close', () => {
    const { world, client, server } = pair()
    server.run('server', function* (p) {
      const conn = yield* p.accept(listen(p, 80))
      p.fork('child', function* (child) {
        yield* child.sleep(5 * SECOND)
        child.close(conn)
      })
      p.close(conn)
      yield* p.forever()
    })
    client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      yield* p.recv(fd, 1)
      yield* p.forever()
    })
    world.run({ untilUs: 4 * SECOND })
    expect(ladder(world)).toContain('SYN')
    expect(netstat(client, '-tn')).toContain('ESTABLISHED')
    expect(
      server
        .rows()
        .flatMap((row) => row.owners ?? [])
        .map((owner) => owner.command),
    ).toContain('child')
    world.run({ untilUs: 6 * SECOND })
    expect(netstat(client, '-tn')).toContain('CLOSE_WAIT')
  })

  it('has a limit of descriptors, and is closed by the system when it is killed', () => {
    const { world, client, server } = pair()
    const results: number[] = []
    const hoarder = client.run(
      'hoarder',
      function* (p) {
        for (let i = 0; i < 10; i++) results.push(p.socket())
        yield* p.connect(3, 'server', 80)
        yield* p.forever()
      },
      { nofile: 8 },
    )
    server.run('server', function* (p) {
      yield* p.accept(listen(p, 80))
      yield* p.forever()
    })
    world.run({ untilUs: SECOND })
    expect(results.slice(0, 5)).toEqual([3, 4, 5, 6, 7])
    expect(client.errnoName(results[5] ?? 0)).toBe('EMFILE')
    client.kill(hoarder)
    expect(hoarder.alive).toBe(false)
    world.run({ untilUs: 2 * SECOND })
    expect(ss(server, '-tan state close-wait').split('\n')).toHaveLength(3)
  })

  it('is whose it was when it is started again, with the limits that it had', () => {
    const { world, server } = pair()
    const first = server.run('server', (p) => p.forever(), { uid: 1000, nofile: 64 })
    world.run({ forUs: SECOND })
    const second = server.restart(first)
    expect([second.process.uid, second.process.nofile]).toEqual([1000, 64])
  })

  it('that breaks is an error of the run, with its name', () => {
    const { world, client } = pair()
    client.run('buggy', function* (p) {
      yield* p.sleep(SECOND)
      throw new TypeError('out of luck')
    })
    expect(() => world.run()).toThrow(WorldError)
    const again = pair()
    again.client.run('buggy', function* (p) {
      yield* p.sleep(SECOND)
      throw new TypeError('out of luck')
    })
    expect(() => again.world.run()).toThrow('program "buggy" on client broke at 1 s: out of luck')
  })
})

describe('a world', () => {
  it('stops a storm, and shows its last events', () => {
    const world = new World({ seed: 9, eventLimit: 500 })
    const host = world.host('host')
    const other = world.host('other')
    world.link(host, other)
    other.run('echo', function* (p) {
      const fd = p.socket('udp')
      p.bind(fd, '0.0.0.0', 7)
      yield* p.forever()
    })
    host.run('storm', function* (p) {
      const fd = p.socket('udp')
      yield* p.connect(fd, 'other', 7)
      for (;;) {
        yield* p.send(fd, 'again')
        yield* p.sleep(1)
      }
    })
    expect(() => world.run()).toThrow(/^stopped after 500 events, at .* with seed 9; the last of them:\n/)
  })

  it('runs until a time, for a time, until something is so, or until nothing is left', () => {
    const world = new World()
    const times: number[] = []
    for (const time of [10, 20, 30, 40]) world.at(time, () => times.push(time))
    expect(world.run({ untilUs: 15 })).toBe(true)
    expect([world.now, times.length]).toEqual([15, 1])
    world.run({ forUs: 5 })
    expect([world.now, times.length]).toEqual([20, 2])
    expect(world.run({ until: () => times.length === 3 })).toBe(true)
    expect(world.run({ until: () => times.length === 9, untilUs: 100 })).toBe(false)
    expect(world.now).toBe(100)
    expect(world.step()).toBe(false)
    expect(world.run()).toBe(true)
  })

  it('refuses names and addresses that are taken, and names that cannot stand in a rule', () => {
    const world = new World()
    world.host('one')
    expect(() => world.host('one')).toThrow('there is a "one" already')
    expect(() => world.host('two', { addresses: ['10.0.0.1'] })).toThrow('address 10.0.0.1 of two belongs to one')
    expect(() => world.switch('the box')).toThrow('a name without blanks')
    expect(() => world.drop('every packet of three')).toThrow('expected a host: one')
  })

  it('joins many hosts by a switch, and NATs them', () => {
    const world = new World()
    const inside = [world.host('a', { addresses: ['192.168.0.1'] }), world.host('b', { addresses: ['192.168.0.2'] })]
    const server = world.host('server', { addresses: ['203.0.113.1'] })
    const hub = world.switch('hub')
    const nat = world.nat('nat', { address: '203.0.113.254' })
    for (const host of inside) world.link(host, hub)
    world.link(hub, nat)
    world.link(nat, server)
    server.run('server', function* (p) {
      const fd = listen(p, 80)
      for (;;) {
        const conn = yield* p.accept(fd)
        yield* p.send(conn, 'hello')
        p.close(conn)
      }
    })
    const heard: string[] = []
    for (const host of inside) {
      host.run('client', function* (p) {
        const fd = p.socket()
        yield* p.connect(fd, 'server', 80)
        heard.push((yield* p.recv(fd, 5, { waitAll: true })).text)
        p.close(fd)
      })
    }
    world.run({ untilUs: 10 * SECOND })
    expect(heard).toEqual(['hello', 'hello'])
    expect(server.rows().filter((row) => row.peer.address === '203.0.113.254')).toHaveLength(2)
    expect(nat.mappings()).toHaveLength(2)
  })

  it('lets a host lose power and come back: nobody is told, and its connections have new numbers', () => {
    const { world, client, server } = pair()
    server.run('server', function* (p) {
      const conn = yield* p.accept(listen(p, 80))
      yield* p.recv(conn, 1)
      yield* p.forever()
    })
    const program = client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      yield* p.forever()
    })
    world.run({ untilUs: SECOND })
    client.crash()
    expect([program.alive, client.rows()]).toEqual([false, []])
    world.run({ untilUs: 2 * SECOND })
    client.boot()
    client.run('client again', function* (p) {
      yield* p.connect(p.socket(), 'server', 80)
      yield* p.forever()
    })
    world.run({ untilUs: 3 * SECOND })
    expect(netstat(server, '-tn').match(/ESTABLISHED/g)).toHaveLength(2)
    const conns = world.recorder
      .toArray()
      .flatMap((event) => (event.kind === 'state' && event.host === 0 && event.from === 7 ? [event.conn] : []))
    expect(new Set(conns).size).toBe(2)
    expect(client.rows().map((row) => Number(row.cookie))).toEqual([conns[1]])
  })

  it('traces each segment once where it arrives, whoever hands it on', () => {
    const { world, client, server } = pair()
    // A listener hands the ACK of its cookie to the connection, TIME-WAIT a newer SYN to the listener.
    server.setSysctl('net.ipv4.tcp_syncookies', '2')
    server.run('server', function* (p) {
      const listener = listen(p, 80)
      for (;;) p.close(yield* p.accept(listener))
    })
    client.run('client', function* (p) {
      for (let again = 0; again < 2; again++) {
        const fd = p.socket()
        p.bind(fd, '0.0.0.0', 4000)
        yield* p.connect(fd, 'server', 80)
        yield* p.recv(fd, 1)
        p.close(fd)
      }
    })
    world.run({ untilUs: SECOND })
    const packets = (direction: 'in' | 'out'): number[] =>
      world.recorder
        .toArray()
        .flatMap((event) => (event.kind === 'segment' && event.direction === direction ? [event.packet] : []))
    expect(packets('out')).toHaveLength(12)
    expect(packets('in')).toEqual(packets('out'))
  })

  it('cuts a link for a time, and the connection outlives it', () => {
    const { world, client, server } = pair()
    let heard = ''
    server.run('server', function* (p) {
      heard = (yield* p.recv(yield* p.accept(listen(p, 80)), 5, { waitAll: true })).text
    })
    client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      yield* p.sleep(SECOND)
      yield* p.send(fd, 'hello')
      yield* p.forever()
    })
    world.at(900 * MS, () => world.links[0]?.cutFor(10 * SECOND))
    world.run({ untilUs: 10 * SECOND })
    expect(heard).toBe('')
    world.run({ until: () => heard !== '', untilUs: 60 * SECOND })
    expect(heard).toBe('hello')
    const cuts = world.recorder.toArray().filter((event) => event.kind === 'fault' && event.packet === 0)
    expect(cuts.map((event) => event.kind === 'fault' && event.reason)).toEqual([
      'link client-server is cut',
      'link client-server is mended',
    ])
  })

  it('freezes a program: its system acknowledges for it, and it reads when it goes on', () => {
    const { world, client, server } = pair()
    let heard = ''
    const program = server.run('server', function* (p) {
      const conn = yield* p.accept(listen(p, 80))
      heard = (yield* p.recv(conn, 5, { waitAll: true })).text
      p.close(conn)
    })
    client.run('client', function* (p) {
      const fd = p.socket()
      yield* p.connect(fd, 'server', 80)
      yield* p.sleep(SECOND)
      yield* p.send(fd, 'hello')
      p.close(fd)
    })
    world.at(500 * MS, () => server.freeze(program))
    world.run({ untilUs: 30 * SECOND })
    expect([heard, server.rows().map((row) => [row.state, row.recvQueue])]).toEqual([
      '',
      [
        ['LISTEN', 0],
        ['CLOSE-WAIT', 6],
      ],
    ])
    server.thaw(program)
    world.run({ untilUs: 31 * SECOND })
    expect([heard, server.rows()]).toEqual(['hello', []])
  })

  it('shows other users no owners of what is not theirs', () => {
    const { world, server } = pair()
    server.run(
      'mine',
      (p) => {
        listen(p, 8080)
        return p.forever()
      },
      { uid: 1000 },
    )
    server.run('roots', (p) => {
      listen(p, 8081)
      return p.forever()
    })
    world.run({ untilUs: SECOND })
    const owners = (uid: number): (string | undefined)[] => server.rows({ uid }).map((row) => row.owners?.[0]?.command)
    expect(owners(0)).toEqual(['mine', 'roots'])
    expect(owners(1000)).toEqual(['mine', undefined])
  })
})
