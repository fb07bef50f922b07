import { expect, test } from 'vitest'
import { Program } from './evaluate.ts'

const FIELDS: Readonly<Record<string, number | bigint>> = { tcpi_max_pacing_rate: 2n ** 64n - 1n, tcpi_unacked: 3 }

/** What a program prints, or what Python raises. */
function printed(text: string): string {
  const lines: string[] = []
  try {
    new Program((line) => lines.push(line)).run(text, (name) => FIELDS[name])
  } catch (error) {
    lines.push((error as Error).message)
  }
  return lines.join(',')
}

test('ints are exact, whatever their size', () => {
  expect(
    printed('print(0xffffffffffffffff, 0xffffffffffffffff & 0xff, (2**64-1) % 10, 2**53+1 != 2**53, 3 * 2**70)'),
  ).toBe('18446744073709551615 255 5 True 3541774862152233910272')
  expect(printed('print(tcpi_max_pacing_rate == 2**64-2, tcpi_max_pacing_rate == 2**64-1, tcpi_unacked)')).toBe(
    'False True 3',
  )
  expect(printed('print(-7 // 2, -7 % 3, 7 % -3, -2**70 // 3, ~2**64, 1 << 70 >> 69, -1 >> 99999, 0 * -1)')).toBe(
    '-4 2 -2 -393530540239137101142 -18446744073709551617 2 -1 0',
  )
})

test('floats are another type, written as Python writes them', () => {
  expect(printed('print(7/7, 4.0, 1e16, 1e15, 1e-5, 0.1 + 0.2, -0.0, 2**-1, 2**64 / 2, 7 // 2.0, -7.5 % 2)')).toBe(
    '1.0 4.0 1e+16 1000000000000000.0 1e-05 0.30000000000000004 -0.0 0.5 9.223372036854776e+18 3.0 0.5',
  )
  expect(
    printed('print(float("inf"), -float("inf"), float("nan"), float("nan") == float("nan"), type(4.0) == float)'),
  ).toBe('inf -inf nan False True')
  expect(printed('print(2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 2**53 + 1 > 2.0**53, {1: 2}[1.0], True + True)')).toBe(
    'True False True 2 2',
  )
})

test('the functions of numbers tell ints from floats', () => {
  expect(
    printed('print(int(1e20), int(-2.9), float(3), round(2.5), round(2.675, 2), round(1250, -2), abs(-2**64))'),
  ).toBe('100000000000000000000 -2 3.0 2 2.67 1200 18446744073709551616')
  expect(printed('print(divmod(-7, 2), divmod(7.5, 2), sum((1, 2.5)), max(1, 2.0), hex(-255), pow(3, 200, 7))')).toBe(
    '(-4, 1) (3.0, 1.5) 3.5 2.0 -0xff 2',
  )
  expect(
    printed('print(range(2**64, 2**64 + 2), int("0xff", 16), int("ff", 16), int("-1_0"), isinstance(1.0, int))'),
  ).toBe('[18446744073709551616, 18446744073709551617] 255 255 -10 False')
  expect(printed('import math\nprint(math.floor(2.5), math.sqrt(4), math.isclose(100, 101, rel_tol=0.1))')).toBe(
    '2 2.0 True',
  )
})

test('formats write both', () => {
  expect(printed('print("%d %d %s %s %x %e %g %.3f" % (2**64, 2.9, 4.0, 2**64, 2**64, 12345, 1e16, 0.0005))')).toBe(
    '18446744073709551616 2 4.0 18446744073709551616 10000000000000000 1.234500e+04 1e+16 0.001',
  )
  expect(printed('print(f"{2**64:,} {1e16} {4.0} {4.0:g} {1234.0:.3} {255:#06x} {-5:04d} {0.5:.0%} {True:d}")')).toBe(
    '18,446,744,073,709,551,616 1e+16 4.0 4 1.23e+03 0x00ff -005 50% 1',
  )
})

test.each([
  ['1.5 & 1', "the code raises TypeError: unsupported operand type(s) for &: 'float' and 'int'"],
  ['~1.5', "the code raises TypeError: bad operand type for unary ~: 'float'"],
  ['[1][1.0]', "the code raises TypeError: 'float' object cannot be interpreted as an integer"],
  ['range(2.0)', "the code raises TypeError: 'float' object cannot be interpreted as an integer"],
  ['hex(1.0)', "the code raises TypeError: 'float' object cannot be interpreted as an integer"],
  ['"a" * 2.0', "the code raises TypeError: can't multiply sequence by non-int of type 'float'"],
  ['1 << -1', 'the code raises ValueError: negative shift count'],
  ['1.0 // 0', 'the code divides by zero'],
  ['2**64 % 0', 'the code divides by zero'],
  ['0 ** -1', 'the code raises ZeroDivisionError: 0.0 cannot be raised to a negative power'],
  ['2.0 ** 5000', "the code raises OverflowError: (34, 'Numerical result out of range')"],
  ['int("1.5")', "the code raises ValueError: invalid literal for int() with base 10: '1.5'"],
  ['int(float("inf"))', 'the code raises OverflowError: cannot convert float infinity to integer'],
  ['"%x" % 1.0', 'the code raises TypeError: %x format: an integer is required, not float'],
  ['"" * 2**64', "the code raises OverflowError: cannot fit 'int' into an index-sized integer"],
  ['import math; math.pow(0, -2.5)', 'the code raises ValueError: math domain error'],
  ['import math; math.pow(-4, 0.5)', 'the code raises ValueError: math domain error'],
  ['2 ** 10**9', 'unsupported code: a number of more than 14000 bits'],
  ['1 << 10**9', 'unsupported code: a number of more than 14000 bits'],
  ['"%999999999d" % 1', 'unsupported code: a text of 999999999 characters'],
])('%s raises', (text, message) => {
  expect(printed(text)).toBe(message)
})
