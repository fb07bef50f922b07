// Reads the sockets of the network namespace it runs in, by the built library, and prints one JSON line per reading:
// {rows, source, lacks, hiddenProcesses}. Arguments: readings as JSON, each with its query and its options. The option `uid` gives up root
// first, for good: another reading, which loads the native binding, comes before it.
import { readSockets } from '../../../dist/host/index.js'

const plain = (_, value) => (typeof value === 'bigint' ? String(value) : value)

for (const { query, uid, ...options } of process.argv.slice(2).map((text) => JSON.parse(text))) {
  if (uid !== undefined) {
    process.setgroups([])
    process.setgid(uid)
    process.setuid(uid)
  }
  console.log(JSON.stringify(await readSockets(query, options), plain))
}
