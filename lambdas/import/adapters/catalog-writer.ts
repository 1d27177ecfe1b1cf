import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { catalogKey } from '../../kernel/ids.ts';

/** Puts a catalog file where settlement finds it, whole and by its digest: the same content again is the same object. */
export async function putCatalogs(s3: S3Client, bucket: string, digest: string, catalogs: unknown): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: catalogKey(digest),
      Body: JSON.stringify(catalogs),
      ContentType: 'application/json',
    }),
  );
}
