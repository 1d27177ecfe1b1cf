/** The tariff that generated accounts are on: data in catalogs.json, and what of it the generator must know. */
import type { Month } from '../../lambdas/kernel/dates.ts';
import { compileCatalogs } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import type { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import catalogs from './catalogs.json' with { type: 'json' };

/** The catalog file of every generated month: all versions, as the import takes it. */
export const CATALOG_JSON: unknown = catalogs;

/** The months that can be generated: from the first catalog version on, and with room for contracts that run on. */
export const FIRST_MONTH = '2012-01' as Month;
export const LAST_MONTH = '2190-12' as Month;

function compiled(): Catalogs {
  const result = compileCatalogs(catalogs);
  if (!result.ok) throw new Error(`tools/population/catalogs.json is faulty: ${JSON.stringify(result.faults)}`);
  return result.catalogs;
}

export const TARIFF = compiled();

/** A month's allowances of a plan: usage is made to fit them, mostly. */
export interface PlanSize {
  readonly dataMb: number;
  readonly voiceSec: number;
  readonly messages: number;
}

/** What stands for "unlimited" when usage is made up. */
const UNLIMITED = { dataMb: 60_000, voiceSec: 12_000, messages: 150 };

/** Plans by how common they are, each as often as it stands here. */
export const PLAN_MIX = [
  ...['KIDS-15', 'SENIOR-19', 'BASIC-22', 'BASIC-22', 'LTE-33', 'LTE-33', 'LTE-33', 'LTE-49', 'LTE-49'],
  ...['5G-45', '5G-45', '5G-59', '5G-59', '5G-75', '5G-MAX'],
] as [string, ...string[]];

/** Add-ons, each with the share of lines that have it at one time. */
export const ADD_ON_SHARES: readonly (readonly [addOnId: string, share: number])[] = [
  ['RINGTONE', 0.12],
  ['SPAM-BLOCK', 0.15],
  ['MUSIC', 0.1],
  ['VIDEO', 0.08],
  ['PHONE-CARE', 0.18],
  ['CLOUD', 0.07],
];

export const WELFARE_CLASSES = [
  'livelihood',
  'nearPoor',
  'basicPension',
  'basicPension',
  'disabled',
  'veteran',
] as const;

const sizes = new Map<string, PlanSize>(
  catalogs.flatMap(({ plans }) =>
    plans.map(({ planId, allowance }) => [
      planId,
      {
        dataMb: allowance.dataMb ?? UNLIMITED.dataMb,
        voiceSec: allowance.voiceSec ?? UNLIMITED.voiceSec,
        messages: allowance.messages ?? UNLIMITED.messages,
      },
    ]),
  ),
);

/** The allowances of a plan of the tariff. */
export const planSize = (planId: string): PlanSize => sizes.get(planId) ?? UNLIMITED;
