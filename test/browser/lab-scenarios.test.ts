/** All that the lab can play, played in the page. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listScenarios, runClaim } from '../../src/sim/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { LabBench } from './lab-page.ts'

describeNeeding(['chromium'], 'the list of the lab', () => {
  let bench: LabBench

  beforeAll(async () => {
    bench = await LabBench.start()
  })
  afterAll(() => bench?.close())

  test('every scenario passes in the page, and every claim comes out as it does in Node', async () => {
    const lab = await bench.open('')
    const words = { true: 'True', false: 'False', depends: 'It depends' } as const
    for (const { id, kind, title } of listScenarios()) {
      const word = kind === 'claim' ? words[runClaim(id).verdict] : 'Pass'
      await lab.goTo(id, title)
      await lab.playToTheEnd()
      expect(await lab.stamp(word).innerText()).toContain(word)
    }
    await lab.done()
  })
})
