import { createCipheriv, createDecipheriv, type Decipher, randomBytes } from 'node:crypto';

/** Turns an object's bytes into what etcd stores and back. The key of etcd is authenticated data for AES-GCM. */
export interface Transformer {
  toStorage(plain: Buffer, key: string): Buffer;
  /** Throws when no provider can read the bytes. */
  fromStorage(stored: Buffer, key: string): Buffer;
}

/** One provider with its prefix, such as `k8s:enc:aescbc:v1:key1:`; '' is identity. */
export interface PrefixTransformer extends Transformer {
  readonly prefix: string;
}

export interface EncryptionKey {
  readonly name: string;
  readonly secret: Buffer;
}

const blockSize = 16;
const nonceSize = 12;
const tagSize = 16;

export const identityTransformer: PrefixTransformer = {
  prefix: '',
  toStorage: (plain) => plain,
  fromStorage(stored) {
    if (stored.subarray(0, 8).toString('latin1') === 'k8s:enc:') {
      throw new Error('identity transformer tried to read encrypted data');
    }
    return stored;
  },
};

/** AES-CBC with PKCS #7 padding and a random IV before the text. Models pkg/storage/value/encrypt/aes/aes.go. */
export function aesCbcTransformer(
  key: EncryptionKey,
  random: (size: number) => Buffer = randomBytes,
): PrefixTransformer {
  const algorithm = `aes-${key.secret.length * 8}-cbc`;
  return {
    prefix: `k8s:enc:aescbc:v1:${key.name}:`,
    toStorage(plain) {
      const iv = random(blockSize);
      const cipher = createCipheriv(algorithm, key.secret, iv);
      return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
    },
    fromStorage(stored) {
      if (stored.length < blockSize) throw new Error('the stored data was shorter than the required size');
      if (stored.length % blockSize !== 0) {
        throw new Error('the stored data is not a multiple of the block size');
      }
      const decipher = createDecipheriv(algorithm, key.secret, stored.subarray(0, blockSize));
      const start = decipher.update(stored.subarray(blockSize));
      return Buffer.concat([start, finish(decipher, 'invalid padding on input')]);
    },
  };
}

/** AES-GCM: nonce, text, tag. */
export function aesGcmTransformer(
  key: EncryptionKey,
  random: (size: number) => Buffer = randomBytes,
): PrefixTransformer {
  const algorithm = `aes-${key.secret.length * 8}-gcm` as 'aes-256-gcm';
  return {
    prefix: `k8s:enc:aesgcm:v1:${key.name}:`,
    toStorage(plain, path) {
      const nonce = random(nonceSize);
      const cipher = createCipheriv(algorithm, key.secret, nonce).setAAD(Buffer.from(path));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    fromStorage(stored, path) {
      if (stored.length < nonceSize + tagSize) {
        throw new Error('the stored data was shorter than the required size');
      }
      const decipher = createDecipheriv(algorithm, key.secret, stored.subarray(0, nonceSize));
      decipher.setAAD(Buffer.from(path)).setAuthTag(stored.subarray(stored.length - tagSize));
      const text = decipher.update(stored.subarray(nonceSize, stored.length - tagSize));
      return Buffer.concat([text, finish(decipher, 'cipher: message authentication failed')]);
    },
  };
}

/** The last bytes. Another key of the same name ends here, in OpenSSL's numbers: it is told in Go's words. */
function finish(decipher: Decipher, complaint: string): Buffer {
  try {
    return decipher.final();
  } catch (error) {
    throw new Error(complaint, { cause: error });
  }
}

/** Writes with the first provider, reads with the one whose prefix fits. Models pkg/storage/value/transformer.go. */
export function prefixTransformers(providers: readonly PrefixTransformer[]): Transformer {
  const writer = providers[0] ?? identityTransformer;
  return {
    toStorage: (plain, key) => Buffer.concat([Buffer.from(writer.prefix), writer.toStorage(plain, key)]),
    fromStorage(stored, key) {
      let failure: unknown;
      for (const provider of providers) {
        if (stored.subarray(0, provider.prefix.length).toString('latin1') !== provider.prefix) continue;
        try {
          return provider.fromStorage(stored.subarray(provider.prefix.length), key);
        } catch (error) {
          // A second key may carry the same name while keys are rotated.
          failure ??= error;
        }
      }
      throw failure ?? new Error('no matching prefix found');
    },
  };
}
