/**
 * What is commonly said of findings, by the claim's id, in the claim's words. The claims themselves come with the stack, which the host
 * view does without.
 */
export const MYTHS: Readonly<Record<string, string>> = {
  'close-wait-client-crash': 'a client crash leaves the server in CLOSE-WAIT until the client returns',
  'close-wait-client-stuck': 'a client application that cannot close puts the server in CLOSE-WAIT',
  'close-wait-is-peer': 'CLOSE-WAIT means this server closed first and waits for the client',
  'close-wait-network': 'network trouble or a firewall causes CLOSE-WAIT',
  'close-wait-no-owner-is-kernel': 'no program beside a socket means that it belongs to a kernel service such as NFS',
  'close-wait-not-tunable': 'no sysctl ends an idle CLOSE-WAIT',
  'close-wait-times-out': 'the system times CLOSE-WAIT out',
  'fin-timeout-is-2msl': 'tcp_fin_timeout is the length of TIME-WAIT, and writing it changes it',
  'fin-timeout-raise': 'raising tcp_fin_timeout keeps orphaned FIN-WAIT-2 connections longer',
  'keepalive-cures': 'keep-alive cures CLOSE-WAIT',
  'reuseaddr-fixes-restart': 'setting SO_REUSEADDR lets the server be restarted at once',
  'reuseaddr-steals': 'SO_REUSEADDR binds a port that has a live listener',
  'time-wait-client-harmless': 'TIME-WAIT on a client is harmless: restarted, it is merely given another port',
  'time-wait-old-duplicate': 'TIME-WAIT keeps a delayed segment of the old connection out of a new one',
}
