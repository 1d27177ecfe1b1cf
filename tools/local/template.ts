/**
 * Reads the template and the assets that `cdk synth` wrote, and resolves every value in it. What the local runtime
 * does not understand is named, all of it at once, and refused: better no run than one of another system.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Intrinsics } from './template-intrinsics.ts';
import { KNOWN_PROPERTIES, namePropertyOf, NOT_NEEDED_LOCALLY, type RawResource } from './template-resources.ts';

/** A resource that the runtime has to make. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A template with nothing left to compute. */
export interface ResolvedTemplate {
  readonly stackName: string;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The folder of an asset by its hash. */
  readonly assetFolder: (hash: string) => string;
}

/** Sections of a template that make no difference here; CDK adds parameters and rules to check its bootstrap stack. */
const KNOWN_SECTIONS = [
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
];
/** Attributes of a resource: what is to become of it when the stack changes, which it never does here. */
const KNOWN_ATTRIBUTES = [
  'Condition',
  'DeletionPolicy',
  'DependsOn',
  'Metadata',
  'Properties',
  'Type',
  'UpdateReplacePolicy',
];

interface RawTemplate {
  readonly Resources?: Readonly<Record<string, RawResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

interface AssetManifest {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
}

/** The template has something that the runtime does not know. */
export class TemplateRefused extends Error {
  readonly problems: readonly string[];

  constructor(stackName: string, problems: readonly string[]) {
    super(`the local runtime cannot run the template of ${stackName}:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'TemplateRefused';
    this.problems = problems;
  }
}

/** Reads `<stack>.template.json` and `<stack>.assets.json` of a cloud assembly. */
export function readTemplate(assembly: string, stackName: string): ResolvedTemplate {
  const template = readJson(join(assembly, `${stackName}.template.json`));
  const assets = readJson(join(assembly, `${stackName}.assets.json`)) as AssetManifest;
  const assetFolder = (hash: string): string => {
    const path = assets.files?.[hash]?.source.path;
    if (path === undefined) throw new Error(`the assembly in ${assembly} has no asset ${hash}`);
    return join(assembly, path);
  };
  return { ...resolveTemplate(template, stackName), assetFolder };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (cause) {
    throw new Error(`cannot read ${file}: run 'npm run synth' first`, { cause });
  }
}

/** Resolves a template. Throws `TemplateRefused` with everything that is not understood. */
export function resolveTemplate(template: unknown, stackName: string): Omit<ResolvedTemplate, 'assetFolder'> {
  const { Resources: raw = {}, Outputs: outputs = {} } = template as RawTemplate;
  const problems: string[] = [];
  const report = (problem: string): void => {
    if (!problems.includes(problem)) problems.push(problem);
  };
  for (const section of Object.keys(template as object)) {
    if (!KNOWN_SECTIONS.includes(section)) report(`the section ${section} is not known to the local runtime`);
  }
  const names = new Map(Object.entries(raw).map(([id, resource]) => [id, { type: resource.Type, name: '' }]));
  const intrinsics = new Intrinsics(names, stackName, report);
  for (const [id, resource] of Object.entries(raw)) {
    const own = resource.Properties?.[namePropertyOf(resource.Type) ?? ''];
    const name = own === undefined ? `${stackName}-${id}`.toLowerCase() : String(intrinsics.resolve(own, `${id}/name`));
    names.set(id, { type: resource.Type, name });
  }
  const resources: Resource[] = [];
  for (const [logicalId, resource] of Object.entries(raw)) {
    if (resource.Type in NOT_NEEDED_LOCALLY) continue;
    const known = KNOWN_PROPERTIES[resource.Type];
    if (!known) {
      report(`${logicalId}: the resource type ${resource.Type} is not known to the local runtime`);
      continue;
    }
    for (const attribute of Object.keys(resource)) {
      if (!KNOWN_ATTRIBUTES.includes(attribute)) report(`${logicalId}: the attribute ${attribute} is not known`);
    }
    if (resource.Condition !== undefined) report(`${logicalId}: conditions (${resource.Condition}) are not known`);
    const properties: Record<string, unknown> = {};
    for (const [property, value] of Object.entries(resource.Properties ?? {})) {
      if (known.used.includes(property)) {
        properties[property] = intrinsics.resolve(value, `${logicalId}/${property}`);
      } else if (!known.ignored.includes(property)) {
        report(`${logicalId}: the property ${property} of ${resource.Type} is not known to the local runtime`);
      }
    }
    resources.push({ logicalId, type: resource.Type, name: names.get(logicalId)?.name ?? '', properties });
  }
  const resolved = Object.entries(outputs).map(
    ([id, { Value: value }]) => [id, String(intrinsics.resolve(value, `Outputs/${id}`))] as const,
  );
  if (problems.length > 0) throw new TemplateRefused(stackName, problems);
  return { stackName, resources, outputs: Object.fromEntries(resolved) };
}
