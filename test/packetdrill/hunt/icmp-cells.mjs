/** The ICMP messages that places.mjs asks about: types and codes × quoted sequence numbers; of packets that are too big × MTUs. */

const range = (count) => Array.from({ length: count }, (_, i) => i)
const message = (type, code) => ({ name: `${type}.${code}`, words: `type_${type} code_${code}` })
const tooBig = (type, code, mtu) => ({
  name: `${type}.${code} mtu ${mtu}`,
  words: `type_${type} code_${code} mtu ${mtu}`,
})

const TOO_BIG_4 = [0, 20, 67, 68, 296, 551, 552, 1000, 1300, 1499, 1500, 2000, 65_535].map((mtu) => tooBig(3, 4, mtu))
const TOO_BIG_6 = [0, 68, 1279, 1280, 1300, 1519, 1520, 2000, 65_535].map((mtu) => tooBig(2, 0, mtu))

/** Unreachable by every code there is and one there is not, source quench, redirects, time exceeded, parameter problems, timestamps. */
const MESSAGES_4 = [
  ...range(17)
    .filter((code) => code !== 4)
    .map((code) => message(3, code)),
  message(4, 0),
  ...range(4).map((code) => message(5, code)),
  ...range(3).map((code) => message(11, code)),
  ...range(3).map((code) => message(12, code)),
  message(13, 0),
]
const MESSAGES_6 = [
  ...range(9).map((code) => message(1, code)),
  ...range(3).map((code) => message(3, code)),
  ...range(4).map((code) => message(4, code)),
  message(5, 0),
  message(100, 0),
]

/** Which numbers are quoted: beside SND.UNA, within what is in flight, beside SND.NXT. */
function quotedOf({ una, nxt }) {
  return {
    'una-1': una - 1,
    una,
    ...(nxt - una > 1 ? { 'una+1': una + 1, 'nxt-1': nxt - 1 } : {}),
    nxt,
    'nxt+1': nxt + 1,
    far: nxt + 100_000,
  }
}

/** Every message about a state's packets: `id`, and `asked`, the message. @param {string} version as in `--ip_version` */
export function* icmpCells(state, version) {
  const { name, traits } = state
  const six = version === 'ipv6'
  const tooBigOnly = [...traits].some((word) => word.startsWith('pmtu'))
  const messages = [...(six ? TOO_BIG_6 : TOO_BIG_4), ...(tooBigOnly ? [] : six ? MESSAGES_6 : MESSAGES_4)]
  for (const { name: words, words: script } of messages)
    for (const [said, number] of Object.entries(quotedOf(state))) {
      const seq = (number + 2 ** 32) % 2 ** 32
      yield { id: `${name} icmp ${words} quoting ${said}`, state, asked: `< [${seq}:${seq}(0)] icmp ${script}` }
    }
}
