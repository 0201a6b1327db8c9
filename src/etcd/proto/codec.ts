/** The tables of this folder are read by the lab's one protobuf codec. */
export * from '../../lib/protobuf/codec.ts';
