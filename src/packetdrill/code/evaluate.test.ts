import { describe, expect, test } from 'vitest'
import { Program } from './evaluate.ts'

/** What a program prints. */
function printed(...blocks: string[]): string[] {
  const lines: string[] = []
  const program = new Program((line) => lines.push(line))
  for (const block of blocks)
    program.run(block, (name) => ({ tcpi_unacked: 3, tcpi_options: 6, TCPI_OPT_SACK: 2 })[name])
  return lines
}

describe('a block computes as Python does:', () => {
  test.each([
    ['print(7 / 2, 7 // 2, -7 // 2, -7 % 3, 2 ** 10, 7 & 3 | 8, ~5, 1 << 4)', '3.5 3 -4 2 1024 11 -6 16'],
    ['print(1 < 2 <= 2 != 3, not 1 == 1, 1 and 0 or 5, None, True)', 'True False 5 None True'],
    ['print("%d%% of %5.2f %s %x|%-4d|%04d" % (5, 2.345, "x", 255, 7, 7))', '5% of  2.35 x ff|7   |0007'],
    ['print(tcpi_unacked if tcpi_options & TCPI_OPT_SACK else 0)', '3'],
    ['print(abs(-3), min(1, 2), max((4, 5)), int(2.9), round(2.55, 1), len("abc"))', '3 1 5 2 2.5 3'],
    ['print(3 in (1, 2, 3), "b" not in "abc", (1, 2) == (1, 2))', 'True False True'],
    ['print "as in Python 2"', 'as in Python 2'],
    ["print('a' 'b' + \"c\")", 'abc'],
    ['assert (1 ==\n   1), \\\n  "continued" # and a comment\nprint(1); print(2)', '1,2'],
    ['x = 5\nx += 2\nif x > 9:\n  print("more")\nelif x == 7:\n  print("seven")\nelse: print("less")', 'seven'],
    ['  def f(a, b):\n    if a > b: return a\n    return b\n  print(f(1, 2), f(4, 3))', '2 4'],
    ['for i in range(3): print(i)', '0,1,2'],
    [
      's = 0\nfor i in (1, 2, 3):\n  if i == 2: s += 10\n  s += i\nprint(s, sum((1, 2)), any((0, 1)), all((0, 1)))',
      '16 3 True False',
    ],
    [
      'print(f"{tcpi_unacked + 1} of {tcpi_options:04d}, {{x}}", "{1}-{0} {2:.1f}".format(1, 2, 3.25))',
      '4 of 0006, {x} 2-1 3.2',
    ],
    ['if 0: print(1); print(2)\nprint(3)', '3'],
    ['l = [1, 2, 3]; l.append(4); l[0] = 9; print(l, l[-1], l[1:3], (1,), [])', '[9, 2, 3, 4] 4 [2, 3] (1,) []'],
    ['d = {"a": 1}\nd["b"] = 2\nfor k, v in d.items(): print(k, v)\nprint("b" in d, len(d))', 'a 1,b 2,True 2'],
    [
      'print([i * j for i in range(4) if i % 2 for j in (1, 10)], sum(i for i in (1, 2)), {i: 1 for i in (5,)})',
      '[1, 10, 3, 30] 3 {5: 1}',
    ],
    ['for i in (1, 2):\n  if i > 2: break\nelse:\n  print("no")\nwhile i:\n  break\nelse:\n  print("never")', 'no'],
    ['def f(a: int, b: float = 2) -> bool:\n  return a < b\nx: int = 1\ny: int\nprint(f(x))', 'True'],
    ['i = 0\nwhile True:\n  i += 1\n  if i == 2: continue\n  if i > 4: break\nprint(i)', '5'],
    [
      'def f(a, b=2, *c, **d):\n  "doc"\n  return (a, b, c, d)\nprint(f(1), f(1, 3, 4, x=5), f(b=1, a=2))',
      "(1, 2, (), {}) (1, 3, (4,), {'x': 5}) (2, 1, (), {})",
    ],
    ['n = 0\ndef inc():\n  global n\n  n += 1\ninc(); inc(); print(n)', '2'],
    ['try:\n  x = 1 / 0\nexcept (KeyError, ZeroDivisionError) as e:\n  x = 5\nfinally:\n  print(x)', '5'],
    ['import math, sys\nfrom math import floor as f\nprint(f(2.5), math.ceil(1.2))\nsys.exit(0)\nprint(7)', '2 2'],
    ['a = b = 3\nx, (y, z) = 1, (2, 3)\nprint(a + b, x, y, z, *[4, 5])', '6 1 2 3 4 5'],
    [
      'print("a,b".split(","), "-".join(["x", "y"]), " z ".strip(), r"\\n", f"{7!r:>3}|{1 + 1 = }")',
      "['a', 'b'] x-y z \\n   7|1 + 1 = 2",
    ],
    ['print("%(a)s" % {"a": 1})', '1'],
    [
      'print("%+d %#x %g %03d" % (2, 255, 0.5, -7), "{:,} {n:>4}".format(1234567, n=1))',
      '+2 0xff 0.5 -07 1,234,567    1',
    ],
    [
      'print(sorted([3, 1, 2], reverse=True), list(map(lambda x: x + 1, (1, 2))), isinstance(1, int), type(1) == int)',
      '[3, 2, 1] [2, 3] True True',
    ],
    ['a, *b = [1, 2, 3]\n*c, d = (4, 5)\nprint(a, b, c, d, [*b, 9], (n := 7), n)', '1 [2, 3] [4] 5 [2, 3, 9] 7 7'],
    [
      'print({1, 2} == {2, 1}, set([1, 1]), {1, 2} & {2, 3}, {i % 2 for i in range(4)}, set())',
      'True {1} {2} {0, 1} set()',
    ],
    ['import sys\nprint >>sys.stderr, "x", 5L, 0xffL\nprint', 'x 5 255,'],
    [
      'print(round(2.5), round(3.5), round(-2.5), round(125, -1), "%.1f %.1f %.2f" % (1.25, 4.35, 2.675))',
      '2 4 -2 120 1.2 4.3 2.67',
    ],
    ['print("abcdef"[::2], "abcdef"[4:1:-2], [1, 2, 3][::-1], "abc"[5:], (1, 2, 3)[-2:])', 'ace ec [3, 2, 1]  (2, 3)'],
    [
      'try:\n  assert 0, "x"\nexcept AssertionError as e:\n  print(e)\ntry:\n  raise ValueError("y")\nexcept ValueError as e:\n  print(str(e))',
      'x,y',
    ],
    [
      'import math, time, os\ntime.sleep(1)\nprint(math.gcd(12, 18), math.hypot(3, 4), math.fmod(-5, 3), os.getpid() > 0)',
      '6 5.0 -2.0 True',
    ],
    ['try:\n  print(later)\nexcept NameError as e:\n  print(e)', "name 'later' is not defined"],
    ['print(1)\n   assert True\n   print(2)', '1,2'],
    [
      'def f(): raise ValueError("x")\nfor i in range(150):\n  try:\n    f()\n  except ValueError: pass\nprint(i)',
      '149',
    ],
    [
      'try:\n  try:\n    1 / 0\n  except ZeroDivisionError:\n    raise KeyError("a")\n  finally:\n    print("last")\nexcept KeyError: pass',
      'last',
    ],
    [
      'try:\n  try:\n    pass\n  except ZeroDivisionError:\n    print("caught")\n  else:\n    1 / 0\nexcept ZeroDivisionError:\n  print("outside")',
      'outside',
    ],
  ])('%j', (text, expected) => {
    expect(printed(text).join(',')).toBe(expected)
  })

  test('and what one block assigned, the next one knows', () => {
    expect(printed(' a = tcpi_unacked ', '\n  def twice(x):\n    return 2 * x\n', 'print(twice(a))')).toEqual(['6'])
  })
})

describe('what is outside of it is refused, never passed:', () => {
  test.each([
    ['import urllib', 'code: import urllib'],
    ['import os\nos.system("x")', 'code: os.system'],
    ['class A: pass', 'code: class'],
    ['while True: pass', 'code: while of more than'],
    ['for i in 5: print(i)', 'code: for over 5'],
    ['assert UNKNOWN == 1', 'code: name UNKNOWN'],
    ['assert bbr_bw_lo == 1', 'code: name bbr_bw_lo'],
    ['open("x")', 'code: name open'],
    ['x = "a".b', 'code: a text.b'],
    ['x = "a" - 3', "code: - of 'a'"],
    ['x = {[1]: 2}', 'code: such a key'],
    ['assert 1 ==', 'ends too early'],
    ['if 1:\n  x = 1\n    y = 2', 'code: indentation of'],
    ['def f(x): return f(x)\nf(1)', 'calls itself more than 100 deep'],
    ['x = $', 'code: character "$"'],
  ])('%j', (text, message) => {
    expect(() => printed(text)).toThrow(message)
  })

  test.each([
    [
      'assert tcpi_unacked == 2',
      'an assertion failed\n  expected  assert tcpi_unacked == 2\n  seen      tcpi_unacked = 3',
    ],
    ['x = 1 / 0', 'the code divides by zero'],
    ['assert unknown == 1', "NameError: name 'unknown' is not defined"],
    ['a = 1\nlater(a)', "NameError: name 'later' is not defined"],
    ['raise ValueError("no")', 'the code raises no'],
    ['import sys; sys.exit(3)', 'the code exits with 3'],
    ['x = {}["a"]', "the key 'a'"],
    ['def f(a): pass\nf()', 'f() takes 1 arguments and was given 0'],
  ])('%j fails', (text, message) => {
    expect(() => printed(text)).toThrow(message)
  })
})
