/** KMS, as far as envelope encryption goes: data keys wrapped under a key of this process, bound to their context. */
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { decodeBody, errorAnswer, type GateAnswer, type LocalService } from './gate-messages.ts';
import type { IsAllowed } from './role-policies.ts';

interface KmsRequest {
  readonly KeyId?: string;
  readonly KeySpec?: string;
  readonly NumberOfBytes?: number;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

/** Every answer names the key that it was made with. */
interface KmsAnswer {
  readonly KeyId: string;
  readonly [member: string]: string;
}

class KmsError extends Error {}

const problem = (code: string, message: string): KmsError => Object.assign(new KmsError(message), { name: code });

/** A simulated KMS with these keys: ARN by whatever names them (key id, ARN, alias). A caller may do what `isAllowed` says. */
export function localKms(
  seed: string,
  isAllowed: IsAllowed,
): { readonly service: LocalService; readonly addKey: AddKey } {
  const arns = new Map<string, string>();
  const keyOf = (arn: string): Buffer => createHash('sha256').update(`kms ${seed} ${arn}`).digest();

  const arnOf = (keyId: string | undefined): string => {
    const arn = arns.get(keyId ?? '');
    if (arn === undefined) throw problem('NotFoundException', `Invalid keyId '${keyId ?? ''}'`);
    return arn;
  };

  const wrap = (arn: string, plain: Buffer, context: KmsRequest['EncryptionContext']): string => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', keyOf(arn), iv).setAAD(contextBytes(context));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    const name = Buffer.from(arn);
    return Buffer.concat([Buffer.from([name.length]), name, iv, cipher.getAuthTag(), sealed]).toString('base64');
  };

  const unwrap = (blob: Buffer, context: KmsRequest['EncryptionContext']): { arn: string; plain: Buffer } => {
    const [length = 0] = blob;
    const arn = blob.toString('utf8', 1, 1 + length);
    const iv = blob.subarray(1 + length, 13 + length);
    const tag = blob.subarray(13 + length, 29 + length);
    try {
      const decipher = createDecipheriv('aes-256-gcm', keyOf(arnOf(arn)), iv, { authTagLength: 16 });
      decipher.setAAD(contextBytes(context)).setAuthTag(tag);
      return { arn, plain: Buffer.concat([decipher.update(blob.subarray(29 + length)), decipher.final()]) };
    } catch {
      throw problem('InvalidCiphertextException', 'The ciphertext or its encryption context is not right');
    }
  };

  const dataKey = ({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }: KmsRequest) => {
    const arn = arnOf(KeyId);
    const plain = randomBytes(NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32));
    return { arn, plain: plain.toString('base64'), wrapped: wrap(arn, plain, EncryptionContext) };
  };

  const operations: Readonly<Record<string, (request: KmsRequest) => KmsAnswer>> = {
    GenerateDataKey: (request) => {
      const { arn, plain, wrapped } = dataKey(request);
      return { KeyId: arn, Plaintext: plain, CiphertextBlob: wrapped };
    },
    GenerateDataKeyWithoutPlaintext: (request) => {
      const { arn, wrapped } = dataKey(request);
      return { KeyId: arn, CiphertextBlob: wrapped };
    },
    Encrypt: ({ KeyId, Plaintext, EncryptionContext }) => {
      const arn = arnOf(KeyId);
      return { KeyId: arn, CiphertextBlob: wrap(arn, Buffer.from(Plaintext ?? '', 'base64'), EncryptionContext) };
    },
    Decrypt: ({ KeyId, CiphertextBlob, EncryptionContext }) => {
      const { arn, plain } = unwrap(Buffer.from(CiphertextBlob ?? '', 'base64'), EncryptionContext);
      if (KeyId !== undefined && arnOf(KeyId) !== arn) {
        throw problem('IncorrectKeyException', 'The ciphertext was made with another key');
      }
      return { KeyId: arn, Plaintext: plain.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    },
  };

  const service: LocalService = (request, operation, caller) =>
    Promise.resolve(answer(request.body, operation, caller));
  const answer = (body: Buffer, operation: string, caller: string): GateAnswer => {
    const run = operations[operation];
    if (!run) return errorAnswer('kms', 400, 'UnknownOperationException', 'The local KMS does not know it');
    try {
      const decoded = decodeBody({ method: 'POST', path: '/', headers: {}, body }) as KmsRequest;
      const done = run(decoded);
      if (!isAllowed(caller, `kms:${operation}`, done.KeyId))
        throw problem(
          'AccessDeniedException',
          `${caller} is not authorized to perform kms:${operation} on ${done.KeyId}`,
        );
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
        body: JSON.stringify(done),
      };
    } catch (thrown) {
      if (thrown instanceof KmsError) return errorAnswer('kms', 400, thrown.name, thrown.message);
      throw thrown;
    }
  };
  return {
    service,
    addKey: (arn, names) => {
      for (const name of [arn, ...names]) arns.set(name, arn);
    },
  };
}

export type AddKey = (arn: string, names: readonly string[]) => void;

const contextBytes = (context: KmsRequest['EncryptionContext'] = {}): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
