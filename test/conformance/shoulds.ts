import { type Requirement, row } from './requirement.ts'

/** SHOULD and SHOULD NOT, RECOMMENDED, and MAY. */
export const SHOULDS: readonly Requirement[] = [
  row('SHLD-1', '3.4.1', 'TCP', 'Initial sequence numbers are the clock plus a keyed hash of addresses and ports.', [
    'this.#words, count',
    'this.#words, count - 1',
  ]),
  row('SHLD-2', '3.5.3', 'TCP', 'A RST may carry data.', [
    'segment.seq === tcb.rcv.nxt',
    'segment.seq === tcb.rcv.nxt && segment.dataLength === 0',
  ]),
  row(
    'SHLD-3',
    '3.6.1',
    'TCP',
    'Closing over unread data, and data that come after closing, are answered by RST.',
    ['unread &&', 'false &&'],
    ['segment.len === 0', 'true'],
  ),
  row('SHLD-4', '3.6.1', 'TCP', 'Timestamps shorten TIME-WAIT for a peer that comes back.', [
    'return entry.timestamps',
    'return false && entry.timestamps',
  ]),
  row('SHLD-5', '3.7.1', 'TCP', 'The Maximum Segment Size option is sent whenever it differs from the default.', [
    'putMss(buf, start, tcb.advertisedMss)',
    'start',
  ]),
  row(
    'SHLD-6',
    '3.7.3',
    'TCP',
    'Where the effective MTU varies, the offered segment size is reckoned from the least.',
    ['options.mtu ?? link.mtu, ', ''],
  ),
  row('SHLD-7', '3.7.4', 'TCP', "Nagle's algorithm keeps small segments together.", ['!waits', 'true']),
  row(
    'SHLD-8',
    '3.8.2',
    'TCP',
    'Explicit congestion notification (RFC 3168).',
    ['Ctl.AE | Ctl.CWR | Ctl.ECE : Ctl.CWR | Ctl.ECE', '0 : 0'],
    ['Codepoint.ECT0', 'Codepoint.NOT_ECT'],
    ['ecn.echo = true', 'ecn.echo = false'],
    { remark: 'Off unless `tcp.ecn` says otherwise.' },
  ),
  row(
    'SHLD-9',
    '3.8.3',
    'TCP',
    'A program hears of trouble in delivery between R1 and R2.',
    ['tellError(tcb, Errno.ETIMEDOUT)', 'void 0'],
    ['tcb.host.doubtPath(tcb)', 'void 0'],
    { remark: 'If it asked, with IP_RECVERR.' },
  ),
  row('SHLD-10', '3.8.3', 'TCP', 'R1 is three retransmissions at least.', ['3', '1']),
  row('SHLD-11', '3.8.3', 'TCP', 'R2 is a hundred seconds at least.', ['10', '5']),
  row('SHLD-12', '3.8.4', 'TCP', 'A keep-alive carries no data.', ['false', 'true']),
  row('SHLD-13', '3.8.5', 'application', 'New programs do not use urgent data.', {
    answer:
      'For whoever writes programs. None that comes with lastack sends any; scenarios and scripts that ask for MSG_OOB get it.',
  }),
  row('SHLD-14', '3.8.6', 'TCP', 'The window is not taken back.', ['wanted > current', 'true']),
  row('SHLD-15', '3.8.6', 'TCP', 'While the window is less than what is in flight, nothing new is sent.', [
    '| 0',
    '>>> 0',
  ]),
  row('SHLD-16', '3.8.6', 'TCP', 'What was sent and lies within the smaller window is sent again as usual.', [
    'Math.min(room, mss)',
    'mss',
  ]),
  row('SHLD-17', '3.8.6', 'TCP', 'Data beyond the edge of the smaller window do not end the connection.', [
    'tcb.snd.wnd === 0 &&',
    'false &&',
  ]),
  row('SHLD-18', '3.8.6.3', 'TCP', 'ACKs are delayed.', [
    'armDelayedAck(tcb, TimerSlot.DELAYED_ACK, ackDelay(tcb))',
    'sendAck(tcb)',
  ]),
  row('SHLD-19', '3.8.6.3', 'TCP', 'Every second full-sized segment is acknowledged at once.', [
    'isSecondFullSegment(tcb)',
    'false',
  ]),
  row('SHLD-20', '3.9.1.8', 'TCP', 'A program that does not want to hear of soft errors need not.', [
    'asksForErrors(tcb)',
    'true',
  ]),
  row('SHLD-21', '3.9.1.9', 'TCP', 'The Differentiated Services field can be changed while the connection lasts.', [
    'own(socket, value & MOST)',
    'socket.options.tos || own(socket, value & MOST)',
  ]),
  row('SHLD-22', '3.9.1.9', 'TCP', 'It goes to IP as it is.', ['at, tos,', 'at, tos & 0xe3,']),
  row(
    'SHLD-23',
    '3.9.2',
    'application',
    'Programs do not change the Differentiated Services field while a connection lasts.',
    { answer: 'For whoever writes programs. None that comes with lastack sets it.' },
  ),
  row('SHLD-24', '3.9.2.1', 'IP', 'A later source route replaces an earlier one.', [
    'this.#take(options, route, tcb.remote)',
    'void 0',
  ]),
  row('SHLD-25', '3.9.2.2', 'TCP', 'A program can learn of soft ICMP errors.', ['tcb.softError = errno', 'void errno']),
  row(
    'SHLD-26',
    '3.9.2.2',
    'TCP',
    'A hard ICMP error (protocol or port unreachable) ends the connection.',
    ['meaning.hard && hardErrorsEnd', 'false'],
    {
      remark:
        'The third of the hard ones, “fragmentation needed”, makes segments smaller instead (RFC 1191). The other personalities only remember hard errors of open connections, as the systems do (RFC 5927 §5.2); here, too, an error counts only if it quotes what is in flight.',
    },
  ),
  row('SHLD-27', '3.9.1.2', 'TCP', 'Pushed pieces are put together into the largest segments.', [
    '!tail.closed',
    '!tail.push',
  ]),
  row('SHLD-28', '3.9.1.2', 'TCP', 'Segments are as large as they can be.', [
    'Math.min(left, mss)',
    'Math.min(left, mss >> 1)',
  ]),
  row('SHLD-29', '3.8.6.1', 'TCP', 'The first probe of a closed window comes after one retransmission timeout.', [
    '** doublings',
    '** (doublings + 1)',
  ]),
  row('SHLD-30', '3.8.6.1', 'TCP', 'The next ones come at intervals that double.', ['2 ** doublings', '1']),
  row('SHLD-31', '3.10.7.4', 'TCP', 'Segments that come early are kept.', [
    'buffer.insert(seq',
    'early ? 0 : buffer.insert(seq',
  ]),
  row('REC-1', '3.1', 'TCP', 'Windows are kept and reckoned with in 32 bits.', ['= wnd', '= wnd & 0xffff']),
  row('MAY-1', '3.6.1', 'TCP', 'A host may take closing to mean that nothing is read any more.', [
    'tcb.orphan ||',
    'false ||',
  ]),
  row(
    'MAY-2',
    '3.6.1',
    'TCP',
    'TIME-WAIT may make way for a new SYN.',
    ['!old &&', 'false &&'],
    ['inheritSequence(next)', 'inheritSequence(null)'],
    {
      remark:
        'By RFC 6191, which does not bring TIME-WAIT back when the SYN turns out to be old; the numbers and timestamps that it asks for keep such SYNs out.',
    },
  ),
  row('MAY-3', '3.7.1', 'TCP', 'The Maximum Segment Size option may be sent always.', [
    'putMss(buf, start, tcb.advertisedMss)',
    'tcb.advertisedMss === 536 ? start : putMss(buf, start, tcb.advertisedMss)',
  ]),
  row('MAY-4', '3.8.1', 'IP', 'A retransmission may repeat the IPv4 identification.', {
    declined: 'Every packet has its own; it says "don\'t fragment", and then the number means nothing (RFC 6864).',
  }),
  row('MAY-5', '3.8.4', 'TCP', 'There may be keep-alives.', ['(tcb.snd.nxt - 1) | 0', 'tcb.snd.nxt']),
  row('MAY-6', '3.8.4', 'TCP', 'A keep-alive may carry an octet of garbage, for peers that need it.', [
    'keepaliveOctet ? 1 : 0',
    'keepaliveOctet ? 0 : 0',
  ]),
  row('MAY-7', '3.8.6', 'TCP', 'Old data beyond the smaller window may be sent again.', ['room = mss', 'return false']),
  row('MAY-8', '3.8.6.1', 'TCP', 'A receiver may keep its window closed for ever.', ['return 0', 'return mss']),
  row('MAY-9', '3.9.1.9', 'TCP', 'The Differentiated Services field that came may be handed up.', {
    declined: 'IP_RECVTOS is kept and not acted upon: a stream tells nothing of its packets.',
  }),
  row('MAY-10', '3.9.2', 'IP', 'The IP option Timestamp may be supported.', { declined: 'It is passed over.' }),
  row('MAY-11', '3.9.2', 'IP', 'The IP option Record Route may be supported.', { declined: 'It is passed over.' }),
  row(
    'MAY-12',
    '3.10.7.4',
    'TCP',
    'An ACK older than anything in flight may be refused, and its data with it (RFC 5961 §5).',
    ['isTooOld(tcb, segment)', 'false'],
  ),
  row('MAY-13', '3.10.7.4', 'TCP', 'A segment that comes early may be acknowledged at once.', [
    'tcb.receiveBuffer.hasGap',
    'false',
  ]),
  row('MAY-14', '3.9.1.7', 'TCP', 'There may be a FLUSH call.', {
    declined: 'None: no program that runs on sockets has such a call.',
  }),
  row('MAY-15', '3.9.1.2', 'TCP', 'A program may say whether what it sends is pushed.', ['!more ||', 'true ||']),
  row('MAY-16', '3.9.1.2', 'TCP', 'What is not pushed may wait to be put together.', [
    'if (more) transmitPending(tcb, Nagle.CORK)',
    'if (more) transmitPending(tcb, Nagle.ON)',
  ]),
  row('MAY-17', '3.9.1.3', 'TCP', 'A program may be told of a PSH that came.', {
    declined: 'Reads end where the data does, as with all sockets.',
  }),
  row('MAY-18', '3.8.2', 'TCP', 'Other algorithms of congestion control may be used.', [
    '[newReno, cubic]',
    '[newReno]',
  ]),
]
