import { describe, expect, test } from 'vitest'
import { commandFor, shellWord } from './commands.ts'
import { diagnosed, heldBy, ids, listener, look, row, served, silentFor, times } from './looks.testing.ts'

const HEAL = 'lastack heal close-wait-server/python3/8080 --how shutdown'
const SS = 'ss -tK state close-wait sport = :8080'
const SYSCTL = 'sysctl -w net.ipv4.tcp_fin_timeout=60'

const held = (count: number, netns?: string) =>
  times(count, () => row('CLOSE-WAIT', { netns, owners: heldBy(4242, 'python3') }))

describe('how many:', () => {
  test.each([
    [1, HEAL],
    [100, HEAL],
    [101, `${HEAL} --max 200`],
    [250, `${HEAL} --max 300`],
    [1000, `${HEAL} --max 2000`],
    [4321, `${HEAL} --max 5000`],
    [49_998, `${HEAL} --max 60000`],
  ])('%i sockets: %s', (count, expected) => {
    expect(commandFor(HEAL, held(count))).toBe(expected)
    expect(commandFor(SS, held(count))).toBe(SS)
  })
})

describe('where:', () => {
  test.each([
    [HEAL, held(1, 'web'), `${HEAL} --netns web`],
    [HEAL, held(1, 'net:[4026532008]'), `${HEAL} --netns 'net:[4026532008]'`],
    [SS, held(1, 'web'), `nsenter --net --target 4242 ${SS}`],
    [SS, [row('TIME-WAIT', { netns: 'web' })], `ip netns exec web ${SS}`],
    ['kill 4242', held(1, 'web'), 'kill 4242'],
    ['systemctl restart app.service', held(1, 'web'), 'systemctl restart app.service'],
    [SYSCTL, [], SYSCTL],
  ])('%s', (command, rows, expected) => {
    expect(commandFor(command, rows)).toBe(expected)
  })
})

test('a name that anybody may have chosen is one word of the command, whatever is in it', () => {
  expect(['app.service', '[::1]:80', "x';reboot;'.service"].map(shellWord)).toEqual([
    'app.service',
    "'[::1]:80'",
    "'x'\\'';reboot;'\\''.service'",
  ])
})

test('the commands of a finding say where and how many', () => {
  const netns = 'web'
  const rows = [listener(8080, { netns }), ...times(150, () => served('CLOSE-WAIT', { netns, tcpInfo: silentFor(90) }))]
  expect(ids(rows)).toEqual(['close-wait-server/web/python3/8080'])
  const [finding] = diagnosed([look(rows)])
  expect(finding?.remedies.flatMap(({ commands }) => commands)).toEqual([
    'nsenter --net --target 4242 lastack code 4242',
    'lastack heal close-wait-server/web/python3/8080 --how shutdown --netns web --max 200',
    'lastack heal close-wait-server/web/python3/8080 --how destroy --netns web --max 200',
    'nsenter --net --target 4242 ss -tK state close-wait sport = :8080',
    'kill 4242',
  ])
})

test('the command that heals says by which thresholds the finding was found', () => {
  const rows = [listener(8080), ...times(15, () => served('CLOSE-WAIT', { tcpInfo: silentFor(20) }))]
  const [finding] = diagnosed([look(rows)], { closeWaitAge: 10, stuckShare: 0.5 })
  expect(finding?.remedies.flatMap(({ commands }) => commands).slice(1, 3)).toEqual([
    `${HEAL} --close-wait-age 10 --stuck-share 0.5`,
    'lastack heal close-wait-server/python3/8080 --how destroy --close-wait-age 10 --stuck-share 0.5',
  ])
})

test('a setting of the one namespace that is looked at is set there', () => {
  const sysctls = { 'net.ipv4.tcp_fin_timeout': '70' }
  const commands = (netns: string | undefined, ...more: (string | undefined)[]) =>
    diagnosed([
      look(
        [netns, ...more].map((where) => listener(22, { netns: where })),
        { sysctls },
      ),
    ])
      .filter(({ rule }) => rule === 'setting-fin-timeout')
      .flatMap(({ remedies }) => remedies.flatMap((remedy) => remedy.commands))
  expect(commands('web')).toEqual([`nsenter --net --target 4242 ${SYSCTL}`])
  expect(commands(undefined)).toEqual([SYSCTL])
  // Of several namespaces the settings are those of lastack's own.
  expect(commands('web', 'db')).toEqual([SYSCTL])
  expect(commands(undefined, 'web')).toEqual([SYSCTL])
})
