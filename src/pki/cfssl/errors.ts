/**
 * Errors of cfssl: printed as one line of JSON, or plain text where upstream has no code. Codes are category + reason.
 * Models errors/error.go of cfssl.
 */
export class CfsslError extends Error {
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.name = 'CfsslError';
    this.code = code;
  }

  /** The line on standard error. */
  override toString(): string {
    return this.code === undefined
      ? this.message
      : JSON.stringify({ code: this.code, message: this.message });
  }
}

export const errorCodes = {
  certificateUnknown: 1000,
  certificateRead: 1001,
  certificateDecode: 1002,
  certificateParse: 1003,
  keyDecode: 2002,
  keyParse: 2003,
  keyEncrypted: 2100,
  keyAlgorithm: 2200,
  keyGeneration: 2400,
  noKeyUsages: 5100,
  invalidPolicy: 5200,
  invalidRequest: 5300,
  requestDecode: 9002,
  requestParse: 9003,
} as const;
