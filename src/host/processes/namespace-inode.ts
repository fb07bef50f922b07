/** The inode in the target of a link under /proc/PID/ns, `net:[4026531840]`; undefined for a link that could not be read. */
export function namespaceInode(link: string | undefined): number | undefined {
  const inode = /^[a-z]+:\[(\d+)\]$/.exec(link ?? '')?.[1]
  return inode === undefined ? undefined : Number(inode)
}
