import { describe, expect, test } from 'vitest'
import { Address, AF_INET, Host, SOCK_STREAM } from '../index.ts'

const link = { mtu: 1500, transmit: (): boolean => true }

/** A host with two interfaces and a default route through the second. */
function host(): Host {
  const made = new Host({ name: 'h', seed: 1 })
  made.addInterface({ name: 'eth0', link, addresses: ['10.0.0.1/24', '10.0.0.5/24', 'fe80::1/64', '2001:db8::1/64'] })
  made.addInterface({ name: 'eth1', link, addresses: ['192.0.2.1/30'], mtu: 1280 })
  made.addRoute('0.0.0.0/0', 'eth1')
  made.addRoute('10.0.0.128/25', 'eth1', Address.parse('192.0.2.1'))
  return made
}

function at(text: string): Address {
  return Address.parse(text) as Address
}

describe('the way to an address', () => {
  test.each([
    ['10.0.0.7', 'eth0', '10.0.0.1'],
    ['10.0.0.130', 'eth1', '192.0.2.1'],
    ['198.51.100.1', 'eth1', '192.0.2.1'],
    ['2001:db8::9', 'eth0', '2001:db8::1'],
    ['fe80::9', 'eth0', 'fe80::1'],
    ['10.0.0.5', 'lo', '10.0.0.5'],
    ['127.1.2.3', 'lo', '127.0.0.1'],
    ['::1', 'lo', '::1'],
  ])('%s leaves by %s from %s', (remote, iface, source) => {
    const made = host()
    expect(made.output.towards(at(remote))?.name).toBe(iface)
    expect(String(made.sourceFor(at(remote), null))).toBe(source)
  })

  test('is remembered of each of many, and looked for anew when routes change', () => {
    const made = host()
    // 10.0.0.0/24 with its upper half elsewhere, and a net behind the default route, in turn.
    const all = Array.from({ length: 256 }, (_, i) => [at(`10.0.0.${i}`), at(`198.51.100.${255 - i}`)]).flat()
    const looked = (): (string | undefined)[] => all.map((remote) => made.output.towards(remote)?.name)
    const expected = all.map((remote) => (made.output.isOwn(remote) ? 'lo' : made.interfaces.route(remote)?.iface.name))
    expect(new Set(expected)).toEqual(new Set(['eth0', 'eth1', 'lo']))
    expect([looked(), looked()]).toEqual([expected, expected])
    made.addRoute('198.51.100.0/24', 'eth0')
    expect(looked()).toEqual(expected.map((name, i) => (i % 2 === 1 ? 'eth0' : name)))
  })

  test('without a route there is none, and none through an interface that is down', () => {
    const made = host()
    expect(made.sourceFor(at('2001:db8:ffff::1'), null)).toBe(-101)
    const remote = at('198.51.100.1')
    expect(made.output.towards(remote)?.name).toBe('eth1')
    made.interfaces.down(made.interfaces.byName('eth1') as never)
    expect([made.output.towards(remote), made.sourceFor(remote, null)]).toEqual([null, -101])
    made.interfaces.up(made.interfaces.byName('eth1') as never)
    expect(made.output.towards(remote)?.name).toBe('eth1')
  })
})

test('addresses go and come with their interface', () => {
  const made = host()
  const eth0 = made.interfaces.byName('eth0') as never
  const bind = (): number => {
    const process = made.spawn('p')
    const result = process.bind(process.socket(2, 1), { address: '10.0.0.5', port: 0 })
    process.exit()
    return result
  }
  expect(bind()).toBe(0)
  made.interfaces.down(eth0)
  expect([bind(), made.interfaces.byName('eth0')?.addresses]).toEqual([-99, []])
  made.interfaces.up(eth0)
  expect([bind(), made.interfaces.byName('eth0')?.addresses.length]).toEqual([0, 4])
})

test('the largest packet is the interface’s; over loopback what IPv4 can say', () => {
  const made = host()
  expect([at('10.0.0.7'), at('198.51.100.1'), at('127.0.0.1'), at('::1')].map((to) => made.pathMtu(to))).toEqual([
    1500, 1280, 65_535, 65_536,
  ])
})

test('a link takes no more than it takes, whatever the interface was set up with', () => {
  const made = new Host({ name: 'h', seed: 1 })
  made.addInterface({ name: 'eth0', link, addresses: ['10.0.0.1/24'], mtu: 9000 })
  expect(made.pathMtu(at('10.0.0.7'))).toBe(1500)
})

test('a route’s MTU makes no interface larger', () => {
  const made = host()
  for (const [mtu, expected] of [
    [9000, 1280],
    [1000, 1000],
    [0, 1280],
  ] as const) {
    made.replaceRoute('198.51.100.0/24', 'eth1', {
      mtu,
      mtuLocked: false,
      advertisedMss: 0,
      initialWindow: 0,
      ecn: false,
    })
    expect(made.pathMtu(at('198.51.100.1'))).toBe(expected)
  }
})

test('of two interfaces in one net the first one leads there', () => {
  const made = new Host({ name: 'h', seed: 1 })
  for (const [name, own] of [
    ['eth0', '10.0.0.1/24'],
    ['eth1', '10.0.0.2/24'],
  ] as const)
    made.addInterface({ name, link, addresses: [own] })
  expect(made.output.towards(at('10.0.0.7'))?.name).toBe('eth0')
})

test('who is far away is spoken to from an address that reaches as far', () => {
  const made = new Host({ name: 'h', seed: 1 })
  made.addInterface({ name: 'eth0', link, addresses: ['fe80::1/64', '2001:db8::1/64', '2001:db8:1::1/64'] })
  made.addRoute('::/0', 'eth0')
  const from = ['2001:db8:ffff::1', '2001:db8:1::9', 'fe80::9'].map((to) => String(made.sourceFor(at(to), null)))
  expect(from).toEqual(['2001:db8::1', '2001:db8:1::1', 'fe80::1'])
})

test('a route that is replaced keeps its source, and the net of an interface stays beside it', () => {
  const made = host()
  made.replaceRoute('10.0.0.128/25', 'eth1', null)
  expect(String(made.sourceFor(at('10.0.0.130'), null))).toBe('192.0.2.1')
  made.replaceRoute('10.0.0.0/24', 'eth1', null)
  made.interfaces.down(made.interfaces.byName('eth1') as never)
  expect(made.output.towards(at('10.0.0.7'))?.name).toBe('eth0')
})

test('who was there when a route changed is known until it is closed', () => {
  const made = host()
  const program = made.spawn('nc')
  const [closed, open] = [program.socket(AF_INET, SOCK_STREAM), program.socket(AF_INET, SOCK_STREAM)]
  made.replaceRoute('10.0.0.0/24', 'eth1', null)
  program.close(closed)
  expect([open >= 0, made.rerouted.size]).toEqual([true, 1])
  made.crash()
  expect(made.rerouted.size).toBe(0)
})

test('without a loopback nobody reaches itself', () => {
  const made = host()
  made.interfaces.down(made.interfaces.byName('lo') as never)
  expect([made.output.isOwn(at('127.0.0.1')), made.output.isOwn(at('127.9.9.9'))]).toEqual([false, false])
})

test('a packet that its interface cannot take is lost, and counted', () => {
  const made = host()
  const [local, remote] = [at('10.0.0.1'), at('10.0.0.7')]
  const sent = [1480, 1481].map((length) => made.output.send(local, remote, 17, -1, 0, 4096, length))
  expect([sent, made.counts.ip.OutDiscards]).toEqual([[true, false], 1])
})

test('nets of two addresses, of one or of all have no broadcast address', () => {
  const made = new Host({ name: 'h', seed: 1 })
  made.addInterface({ name: 'eth0', link, addresses: ['10.0.0.4/31', '10.0.1.255/32', '10.0.2.1/0'] })
  const none = ['10.0.0.5', '10.0.1.255', '10.0.2.1', '192.0.2.7']
  expect(none.filter((text) => made.interfaces.isBroadcast(at(text)))).toEqual([])
})

test('a net’s broadcast address is known by its prefix', () => {
  const made = host()
  const broadcast = ['10.0.0.255', '192.0.2.3', '10.0.0.127', '192.0.2.2', '2001:db8::ffff']
  expect(broadcast.map((text) => made.interfaces.isBroadcast(at(text)))).toEqual([true, true, false, false, false])
})

test.each([
  ['no MTU', undefined],
  ['an MTU of nothing', 0],
  ['an MTU below that of any link', 67],
  ['half an octet', 1500.5],
])('a link with %s is refused, and nothing is left of it', (_, mtu) => {
  const made = new Host({ name: 'h', seed: 1 })
  const untyped = { mtu, transmit: () => true } as unknown as typeof link
  expect(() => made.addInterface({ name: 'eth0', link: untyped, addresses: ['10.0.0.1/24'] })).toThrow(
    /^mtu of eth0: (NaN|0|67|1500\.5): expected 68 octets at least$/,
  )
  expect(made.interfaces.byName('eth0')).toBeUndefined()
})
