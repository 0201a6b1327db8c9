import dnsPacket from 'dns-packet';

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'SRV' | 'PTR' | 'TXT' | 'SOA' | 'NS';

export type ResourceRecord = dnsPacket.Answer;

export type ResponseCode = 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED';

const codes: Readonly<Record<ResponseCode, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
};

export interface Question {
  /** As asked, without the final dot; compare in lower case. */
  readonly name: string;
  readonly type: string;
}

/** Who asks what, over which transport. */
export interface DnsRequest {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
  /** Largest answer the client takes over UDP: 512 unless EDNS says more. */
  readonly udpSize: number;
  readonly edns: boolean;
  readonly transport: 'udp' | 'tcp';
  readonly client: string;
  readonly size: number;
}

export interface DnsResponse {
  readonly code: ResponseCode;
  readonly authoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

export const emptyResponse = (code: ResponseCode): DnsResponse => ({
  code,
  authoritative: false,
  answers: [],
  authorities: [],
  additionals: [],
});

/** A packet from the wire; undefined when it is no query we can answer at all. */
export function decodeRequest(
  bytes: Buffer,
  transport: 'udp' | 'tcp',
  client: string,
): DnsRequest | undefined {
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(bytes);
  } catch {
    return undefined;
  }
  const question = packet.questions?.[0];
  if (packet.type !== 'query' || question === undefined) return undefined;
  const edns = packet.additionals?.find((record) => record.type === 'OPT');
  const udpSize = edns !== undefined && 'udpPayloadSize' in edns ? Number(edns.udpPayloadSize) : 512;
  return {
    id: packet.id ?? 0,
    question: { name: question.name, type: question.type },
    recursionDesired: ((packet.flags ?? 0) & dnsPacket.RECURSION_DESIRED) !== 0,
    udpSize: Math.max(512, udpSize),
    edns: edns !== undefined,
    transport,
    client,
    size: bytes.length,
  };
}

/** The answer as bytes; over UDP it is cut to what the client takes, with the TC bit set, so that it asks again over TCP. */
export function encodeResponse(request: DnsRequest, response: DnsResponse): Buffer {
  const flags =
    codes[response.code] |
    (response.authoritative ? dnsPacket.AUTHORITATIVE_ANSWER : 0) |
    (request.recursionDesired ? dnsPacket.RECURSION_DESIRED : 0) |
    (response.authoritative ? 0 : dnsPacket.RECURSION_AVAILABLE);
  const opt: dnsPacket.OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  const packet: dnsPacket.Packet = {
    type: 'response',
    id: request.id,
    flags,
    questions: [
      { name: request.question.name, type: request.question.type as dnsPacket.RecordType, class: 'IN' },
    ],
    answers: [...response.answers],
    authorities: [...response.authorities],
    additionals: [...response.additionals, ...(request.edns ? [opt] : [])],
  };
  const bytes = dnsPacket.encode(packet);
  if (request.transport === 'tcp' || bytes.length <= request.udpSize) return bytes;
  return dnsPacket.encode({
    ...packet,
    flags: flags | dnsPacket.TRUNCATED_RESPONSE,
    answers: [],
    authorities: [],
    additionals: request.edns ? [opt] : [],
  });
}
