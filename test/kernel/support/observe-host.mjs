// Takes one look at this host by the built library and prints it as a line of JSON. Arguments: the word for network namespaces, or
// nothing for the own one; then a user id to give root up for.
import { findNamespaces, observeHost } from '../../../dist/host/index.js'

const [word = '', uid] = process.argv.slice(2)
const namespaces = word === '' ? undefined : findNamespaces(word)
if (uid !== undefined) {
  // The native binding is loaded while its folder can surely be read.
  await observeHost()
  process.setgroups([])
  process.setgid(Number(uid))
  process.setuid(Number(uid))
}
console.log(
  JSON.stringify(await observeHost({ namespaces }), (_, value) => (typeof value === 'bigint' ? String(value) : value)),
)
