import { expect, it } from 'vitest'
import { fetchPersonality, PERSONALITY_NAMES, personalities } from '../../stack/index.ts'
import { SCENARIOS } from '../scenarios/index.ts'
import { SHELF } from '../scenarios/shelf.ts'
import { fetchClaims, fetchScenario } from './fetch.ts'
import { listClaims, listScenarios, runScenario, startScenario } from './play.ts'

it('finds every scenario on the shelf that the list has', async () => {
  const fetched = await Promise.all([...SHELF.values()].map((fetch) => fetch()))
  expect(fetched).toEqual(SCENARIOS)
  expect([...SHELF.keys()]).toEqual(SCENARIOS.map(({ id }) => id))
})

it('fetches what can be played by name, and every claim in its order', async () => {
  const all = listScenarios()
  const fetched = await Promise.all(all.map(({ id }) => fetchScenario(id)))
  expect(fetched.map(({ info }) => info)).toEqual(all)
  expect((await fetchClaims()).map(({ info }) => info.id)).toEqual(listClaims())
  expect(await Promise.all(PERSONALITY_NAMES.map(fetchPersonality))).toEqual(Object.values(personalities))
})

it('plays what was fetched as it is played by name', async () => {
  const options = { seed: 5, personality: 'freebsd' }
  const lostFin = await fetchScenario('lost-fin', ['freebsd'])
  expect(lostFin.start(options).finish().events).toEqual(runScenario('lost-fin', options).events)
})

it('says what is not known, and what was not fetched', async () => {
  const unknown = (): unknown => startScenario('lost-ack')
  expect(unknown).toThrow(/^unknown scenario or claim 'lost-ack'; did you mean lost-final-ack/)
  await expect(fetchScenario('lost-ack')).rejects.toThrow(/^unknown scenario or claim 'lost-ack'; did you mean lost-/)
  const plainClose = await fetchScenario('plain-close', ['plan9'])
  expect(() => plainClose.start({ personality: 'plan9' })).toThrow(
    /^unknown personality 'plan9'; expected linux, rfc9293/,
  )
  expect(() => plainClose.start({ personality: 'windows' })).toThrow(
    'windows is not among the systems that were fetched',
  )
})
