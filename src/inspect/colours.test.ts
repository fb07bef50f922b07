import { describe, expect, test } from 'vitest'
import { stateColours } from './colours.ts'

/** WCAG 2's relative luminance. */
function luminance([r, g, b]: readonly [number, number, number]): number {
  const [x, y, z] = [r, g, b].map((octet) => {
    const value = octet / 255
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * x + 0.7152 * y + 0.0722 * z
}

function contrast(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

function hex(colour: string): [number, number, number] {
  const [r, g, b] = colour.match(/[0-9a-f]{2}/g) as [string, string, string]
  return [Number.parseInt(r, 16), Number.parseInt(g, 16), Number.parseInt(b, 16)]
}

/** xterm's palette: a cube of six levels from 16 on, and greys from 232 on. */
function ansi(number: number): [number, number, number] {
  if (number >= 232) {
    const grey = 8 + 10 * (number - 232)
    return [grey, grey, grey]
  }
  const level = (index: number): number => (index === 0 ? 0 : 55 + 40 * index)
  const cube = number - 16
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]
}

describe.each(Object.entries(stateColours))('%s', (_state, colour) => {
  test('is read on light and dark pages (WCAG AA)', () => {
    expect(contrast(hex(colour.light), [255, 255, 255])).toBeGreaterThan(4.5)
    expect(contrast(hex(colour.dark), [24, 26, 30])).toBeGreaterThan(4.5)
  })

  test('is read on black and on white terminals', () => {
    expect(contrast(ansi(colour.ansi), [0, 0, 0])).toBeGreaterThan(3)
    expect(contrast(ansi(colour.ansi), [255, 255, 255])).toBeGreaterThan(3)
  })
})

test('no two states of TCP look alike', () => {
  const names = Object.keys(stateColours).filter((state) => state !== 'UNCONN') as (keyof typeof stateColours)[]
  for (const theme of ['ansi', 'light', 'dark'] as const) {
    expect(new Set(names.map((state) => stateColours[state][theme])).size).toBe(names.length)
  }
})
