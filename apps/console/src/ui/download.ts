/** How long a browser may take to begin to write a file, ms. */
const KEPT_MS = 60_000

/** Has the browser save a file. */
export function downloadFile(name: string, content: Uint8Array<ArrayBuffer> | string): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS)
}
