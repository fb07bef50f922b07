import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Lab } from './lab-store.ts'

/** A click on a packet of a drawing opens it. The drawing is a picture: the keyboard has the list of packets beside it. */
export function usePacketClicks(drawing: RefObject<HTMLElement | null>, lab: Lab): void {
  useEffect(() => {
    const listen = (event: MouseEvent): void => {
      const packet = event.target instanceof Element ? event.target.closest<SVGElement>('[data-packet]') : null
      const number = Number(packet?.dataset.packet ?? 0)
      if (number > 0) lab.openPacket(number)
    }
    const watched = drawing.current
    watched?.addEventListener('click', listen)
    return () => watched?.removeEventListener('click', listen)
  }, [drawing, lab])
}
