/** Names of ports, as /etc/services gives them. */
export interface Services {
  /** The name of a port, or `undefined` when it has none. */
  name(port: number, protocol: 'tcp' | 'udp'): string | undefined
  /** The port of a name (aliases too), or `undefined` when there is no such service. */
  port(name: string, protocol: 'tcp' | 'udp'): number | undefined
}

/**
 * Reads text in the format of services(5). Lines that do not have it are passed over, as the C library does. The first name of
 * a port wins, and the first port of a name.
 */
export function parseServices(text: string): Services {
  const names = new Map<string, string>()
  const ports = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [name, numbered, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    const match = /^(\d{1,5})\/(tcp|udp)$/.exec(numbered ?? '')
    if (name === undefined || match === null) continue
    const [, port, protocol] = match as unknown as [string, string, string]
    const key = `${protocol} ${Number(port)}`
    if (!names.has(key)) names.set(key, name)
    for (const alias of [name, ...aliases]) {
      if (!ports.has(`${protocol} ${alias}`)) ports.set(`${protocol} ${alias}`, Number(port))
    }
  }
  return {
    name: (port, protocol) => names.get(`${protocol} ${port}`),
    port: (name, protocol) => ports.get(`${protocol} ${name}`),
  }
}

/** The services everybody knows, for where there is no /etc/services: in a browser, and for the sockets of a simulation. */
export const WELL_KNOWN_SERVICES: Services = parseServices(`
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp mail
domain 53/tcp
domain 53/udp
bootps 67/udp
bootpc 68/udp
http 80/tcp www
kerberos 88/tcp
pop3 110/tcp
sunrpc 111/tcp portmapper
sunrpc 111/udp portmapper
ntp 123/udp
imap2 143/tcp imap
snmp 161/udp
bgp 179/tcp
ldap 389/tcp
https 443/tcp
https 443/udp
microsoft-ds 445/tcp
submission 587/tcp
domain-s 853/tcp
imaps 993/tcp
pop3s 995/tcp
nfs 2049/tcp
mysql 3306/tcp
postgresql 5432/tcp postgres
mdns 5353/udp
amqp 5672/tcp
redis 6379/tcp
http-alt 8080/tcp webcache
`)
