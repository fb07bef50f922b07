import { describe, expect, test } from 'vitest'
import { parseNetstat } from './netstat/arguments.ts'
import { netstatOwnersNotice, printNetstat } from './netstat/print.ts'
import { SERVER_ROWS } from './rows.testing.ts'
import { parseSs } from './ss/arguments.ts'
import { printSs } from './ss/print.ts'

// The pipelines as people type them, over one small server. What each prints was reviewed against iproute2 6.1 and net-tools 2.10,
// with which the whole tables agree to the octet (test/kernel/ss-text.test.ts, netstat-text.test.ts). Blanks at the ends of lines, which
// both tools print and nobody sees, are cut here.

const names = { hostName: (address: string) => (address === '127.0.0.1' ? 'localhost' : undefined) }

/** What `command 2>&1 | grep … | grep …` prints. */
function shell(line: string): string[] {
  const [command, ...filters] = line.split('|').map((part) => part.trim())
  const text = run((command as string).replace('2>&1', ''))
  return filters.reduce((lines, filter) => grep(lines, filter), text.split('\n')).map((each) => each.trimEnd())
}

function run(command: string): string {
  const [program, ...argv] = command.split(' ').filter((word) => word !== '')
  if (program === 'ss') return printSs(parseSs(argv), SERVER_ROWS)
  return printNetstat(parseNetstat(argv), SERVER_ROWS, names)
}

/** grep with `-i`, `--` and a pattern without special characters. */
function grep(lines: readonly string[], command: string): string[] {
  const words = command.split(' ').slice(1)
  const isCaseless = words[0] === '-i'
  const pattern = words.at(-1) as string
  const fold = (text: string): string => (isCaseless ? text.toLowerCase() : text)
  return lines.filter((line) => fold(line).includes(fold(pattern)))
}

describe('the pipelines as people type them', () => {
  test('netstat -tonp 2>&1 | grep CLOSE', () => {
    expect(shell('netstat -tonp 2>&1 | grep CLOSE')).toEqual([
      'tcp        1      0 127.0.0.1:20000         127.0.0.1:40022         CLOSE_WAIT  20411/node           off (0.00/0/0)',
      'tcp        1      0 127.0.0.1:20000         127.0.0.1:40024         CLOSE_WAIT  -                    off (0.00/0/0)',
    ])
  })

  test('netstat -atnp | grep CLOSE_WAIT', () => {
    expect(shell('netstat -atnp | grep CLOSE_WAIT')).toEqual([
      'tcp        1      0 127.0.0.1:20000         127.0.0.1:40022         CLOSE_WAIT  20411/node',
      'tcp        1      0 127.0.0.1:20000         127.0.0.1:40024         CLOSE_WAIT  -',
    ])
  })

  test('netstat -a | grep CLOSE_WAIT', () => {
    expect(shell('netstat -a | grep CLOSE_WAIT')).toEqual([
      'tcp        1      0 localhost:20000         localhost:40022         CLOSE_WAIT',
      'tcp        1      0 localhost:20000         localhost:40024         CLOSE_WAIT',
    ])
  })

  test('netstat -lntp 2>&1 | grep -- -', () => {
    // The titles have hyphens too; what is looked for is the listener that shows no program.
    expect(shell('netstat -lntp 2>&1 | grep -- -')).toEqual([
      'Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name',
      'tcp        0      0 0.0.0.0:2049            0.0.0.0:*               LISTEN      -',
    ])
  })

  test('netstat -atn | grep -i 20000', () => {
    expect(shell('netstat -atn | grep -i 20000')).toEqual([
      'tcp        1      0 127.0.0.1:20000         0.0.0.0:*               LISTEN',
      'tcp        1      0 127.0.0.1:20000         127.0.0.1:40022         CLOSE_WAIT',
      'tcp        1      0 127.0.0.1:20000         127.0.0.1:40024         CLOSE_WAIT',
      'tcp        0      0 127.0.0.1:40022         127.0.0.1:20000         FIN_WAIT2',
      'tcp        0      0 127.0.0.1:40008         127.0.0.1:20000         TIME_WAIT',
    ])
  })

  test('ss -atnp | grep -i 20000 | grep -i time-wait', () => {
    expect(shell('ss -atnp | grep -i 20000 | grep -i time-wait')).toEqual([
      'TIME-WAIT  0      0              127.0.0.1:40008         127.0.0.1:20000',
    ])
  })

  test('ss -atnp -o state time-wait', () => {
    expect(shell('ss -atnp -o state time-wait')).toEqual([
      'Recv-Q Send-Q Local Address:Port     Peer Address:Port Process',
      '0      0          127.0.0.1:40008       127.0.0.1:20000 timer:(timewait,31sec,0)',
      '0      0           10.0.0.5:80    192.168.100.201:51600 timer:(timewait,12sec,0)',
      '',
    ])
  })
})

test('what 2>&1 adds when not every process may be looked into', () => {
  expect(netstatOwnersNotice(0, false, 1000)).toBe('')
  expect(netstatOwnersNotice(3, false, 1000)).toBe(
    '(No info could be read for "-p": geteuid()=1000 but you should be root.)\n',
  )
  expect(netstatOwnersNotice(3, true, 1000)).toBe(
    '(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n',
  )
})
