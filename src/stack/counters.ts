import { TcpCounters } from '../tcp/index.ts'

/** What `netstat -s` and `nstat` count beside TCP; the names are Linux's. */
export interface HostCounters {
  readonly ip: Record<
    | 'InReceives'
    | 'InHdrErrors'
    | 'InAddrErrors'
    | 'InUnknownProtos'
    | 'InDelivers'
    | 'OutRequests'
    | 'OutDiscards'
    | 'OutNoRoutes'
    | 'ReasmTimeout'
    | 'ReasmReqds'
    | 'ReasmOKs'
    | 'ReasmFails'
    | 'FragOKs'
    | 'FragFails'
    | 'FragCreates',
    number
  >
  readonly icmp: Record<
    | 'InMsgs'
    | 'InErrors'
    | 'InDestUnreachs'
    | 'InTimeExcds'
    | 'InEchos'
    | 'InEchoReps'
    | 'OutMsgs'
    | 'OutDestUnreachs'
    | 'OutTimeExcds'
    | 'OutParmProbs'
    | 'OutEchoReps',
    number
  >
  readonly udp: Record<'InDatagrams' | 'NoPorts' | 'InErrors' | 'OutDatagrams' | 'RcvbufErrors', number>
  readonly tcp: TcpCounters
}

/** All at zero. */
export function newHostCounters(): HostCounters {
  return {
    ip: {
      InReceives: 0,
      InHdrErrors: 0,
      InAddrErrors: 0,
      InUnknownProtos: 0,
      InDelivers: 0,
      OutRequests: 0,
      OutDiscards: 0,
      OutNoRoutes: 0,
      ReasmTimeout: 0,
      ReasmReqds: 0,
      ReasmOKs: 0,
      ReasmFails: 0,
      FragOKs: 0,
      FragFails: 0,
      FragCreates: 0,
    },
    icmp: {
      InMsgs: 0,
      InErrors: 0,
      InDestUnreachs: 0,
      InTimeExcds: 0,
      InEchos: 0,
      InEchoReps: 0,
      OutMsgs: 0,
      OutDestUnreachs: 0,
      OutTimeExcds: 0,
      OutParmProbs: 0,
      OutEchoReps: 0,
    },
    udp: { InDatagrams: 0, NoPorts: 0, InErrors: 0, OutDatagrams: 0, RcvbufErrors: 0 },
    tcp: new TcpCounters(),
  }
}
