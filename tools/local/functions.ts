/** The template's functions as workers: each with the environment that the template gives it, and the runtime's own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REGION } from './aws-json.ts';
import type { EventSource } from './event-sources.ts';
import type { Gate } from './gate.ts';
import type { FunctionSettings } from './lambda-environment.ts';
import { attributeOf } from './template-resources.ts';
import type { ResolvedTemplate, Resource } from './template.ts';

/** Service in the gate's path, by the name in the SDK's AWS_ENDPOINT_URL_<SERVICE>. */
const SERVICES: Readonly<Record<string, string>> = {
  DYNAMODB: 'dynamodb',
  SQS: 'sqs',
  S3: 's3',
  KMS: 'kms',
  SESV2: 'sesv2',
  SNS: 'sns',
  SFN: 'sfn',
};

/** What an SDK client needs to find the gate, which counts its calls under this name. */
export function clientEnv(gate: Gate, caller: string): Record<string, string> {
  const endpoints = Object.entries(SERVICES).map(
    ([name, service]) => [`AWS_ENDPOINT_URL_${name}`, gate.endpoint(caller, service)] as const,
  );
  return {
    ...Object.fromEntries(endpoints),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    TR1L_S3_PATH_STYLE: 'true',
  };
}

/** What a function has that the workers do not know. */
export function functionProblems({ logicalId, properties }: Resource): string[] {
  const problems: string[] = [];
  if (assetHash(properties) === undefined) problems.push(`${logicalId}: its code is not an asset of the assembly`);
  const runtime = String(properties['Runtime']);
  if (!runtime.startsWith('nodejs')) problems.push(`${logicalId}: the runtime ${runtime} is not Node.js`);
  if (properties['PackageType'] !== undefined && properties['PackageType'] !== 'Zip') {
    problems.push(`${logicalId}: images are not known`);
  }
  return problems;
}

function assetHash(properties: Resource['properties']): string | undefined {
  const key = (properties['Code'] as { S3Key?: unknown } | undefined)?.S3Key;
  return typeof key === 'string' ? key.replace(/\.zip$/, '') : undefined;
}

/** Lambda's defaults, where the template says nothing. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;
/** An environment of its own for this many invocations at a time, if no event source asks for another number. */
const DEFAULT_CONCURRENCY = 2;

export interface Concurrency {
  /** Workers a function at most, whatever its event source asks for. */
  readonly maxConcurrency: number;
  /** Workers of single functions, by the end of their names: `send-email`. */
  readonly workers: Readonly<Record<string, number>>;
}

export function functionSettings(
  { name, properties }: Resource,
  template: ResolvedTemplate,
  gate: Gate,
  sources: readonly EventSource[],
  { maxConcurrency, workers }: Concurrency,
): FunctionSettings {
  const [moduleName = 'index', exported = 'handler'] = String(properties['Handler']).split('.');
  const folder = template.assetFolder(assetHash(properties) ?? '');
  const candidates = ['mjs', 'js', 'cjs'].map((extension) => join(folder, `${moduleName}.${extension}`));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`${name}: there is no module ${moduleName} in ${folder}`);
  const variables = (properties['Environment'] as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};
  const memoryMb = Number(properties['MemorySize'] ?? DEFAULT_MEMORY_MB);
  const asked = sources
    .filter((source) => source.functionName === name)
    .map((source) => source.maximumConcurrency ?? DEFAULT_CONCURRENCY);
  return {
    name,
    arn: attributeOf('AWS::Lambda::Function', name, 'Arn') ?? name,
    file,
    exported,
    env: {
      ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
      ...clientEnv(gate, name),
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    },
    timeoutSeconds: Number(properties['Timeout'] ?? DEFAULT_TIMEOUT_SECONDS),
    memoryMb,
    concurrency:
      Object.entries(workers).find(([end]) => name.endsWith(`-${end}`))?.[1] ??
      Math.max(1, Math.min(maxConcurrency, Math.max(0, ...asked) || DEFAULT_CONCURRENCY)),
  };
}
