/** Checks a catalog file (billing rules §2) before any account is billed, and prepares it for look-up. */
import { isLocalDate, type LocalDate } from '../../kernel/dates.ts';
import { isRate, rateOf } from '../../kernel/money.ts';
import { Catalogs, type AddOn, type Catalog, type Plan, type WelfareClass } from './catalogs.ts';
import type { Rate } from './exact.ts';
import { isAmount, isMembers, type Members } from './form.ts';

/** What is wrong with a catalog, and where: `[2].plans[0].monthlyFee`. */
export interface CatalogFault {
  readonly path: string;
  readonly problem: string;
}

export type CompiledCatalogs =
  { readonly ok: true; readonly catalogs: Catalogs } | { readonly ok: false; readonly faults: readonly CatalogFault[] };

/** Compiles a list of catalog versions, or reports every fault of it. An empty list is no fault. */
export function compileCatalogs(json: unknown): CompiledCatalogs {
  const check = new CatalogCheck();
  const versions = check.list(json, '', (version, path) => check.version(version, path));
  check.unique(versions, 'effectiveFrom', '');
  return check.faults.length > 0 ? { ok: false, faults: check.faults } : { ok: true, catalogs: new Catalogs(versions) };
}

const NO_RATE: Rate = { n: 0, d: 1 };

class CatalogCheck {
  readonly faults: CatalogFault[] = [];
  readonly #faulty = new Set<string>();
  /** What is no object, though it must be one: nothing is said of the members that it lacks. */
  readonly #noObjects: string[] = [];

  version(value: unknown, path: string): Catalog {
    const version = this.members(value, path);
    const plans = this.list(version['plans'], `${path}.plans`, (plan, at) => this.plan(plan, at));
    const addOns = this.list(version['addOns'], `${path}.addOns`, (addOn, at) => this.addOn(addOn, at));
    const tiers = this.list(version['bundleDiscounts'], `${path}.bundleDiscounts`, (tier, at) => this.tier(tier, at));
    this.unique(plans, 'planId', `${path}.plans`);
    this.unique(addOns, 'addOnId', `${path}.addOns`);
    this.unique(tiers, 'minSize', `${path}.bundleDiscounts`);
    return {
      catalogId: this.text(version['catalogId'], `${path}.catalogId`),
      effectiveFrom: this.date(version['effectiveFrom'], `${path}.effectiveFrom`),
      plans: new Map(plans.map((plan) => [plan.planId, plan])),
      addOns: new Map(addOns.map((addOn) => [addOn.addOnId, addOn])),
      contractDiscountRate: this.share(version['contractDiscountRate'], `${path}.contractDiscountRate`),
      bundleDiscounts: tiers.toSorted((a, b) => b.minSize - a.minSize),
      welfareClasses: this.map(version['welfareClasses'], `${path}.welfareClasses`, (found, at) =>
        this.welfareClass(found, at),
      ),
      suspensionFeeRate: this.map(version['suspensionFeeRate'], `${path}.suspensionFeeRate`, (rate, at) =>
        this.share(rate, at),
      ),
      vatRate: this.share(version['vatRate'], `${path}.vatRate`),
      lateFeeRate: this.share(version['lateFeeRate'], `${path}.lateFeeRate`),
      roundingUnit: this.integer(version['roundingUnit'], `${path}.roundingUnit`, 1),
    };
  }

  plan(value: unknown, path: string): Plan & { planId: string } {
    const plan = this.members(value, path);
    const allowance = this.members(plan['allowance'], `${path}.allowance`);
    const overage = this.members(plan['overage'], `${path}.overage`);
    const units = (key: string) => this.amountOrNull(allowance, key, `${path}.allowance`);
    const rate = (key: string) => this.rate(overage[key], `${path}.overage.${key}`);
    this.name(plan['name'], `${path}.name`);
    return {
      planId: this.text(plan['planId'], `${path}.planId`),
      monthlyFee: this.amount(plan['monthlyFee'], `${path}.monthlyFee`),
      allowance: { data: units('dataMb'), voice: units('voiceSec'), messages: units('messages') },
      overageRate: { data: rate('dataPerMb'), voice: rate('voicePerSec'), messages: rate('perMessage') },
      dataCap: this.amountOrNull(overage, 'dataCap', `${path}.overage`),
    };
  }

  addOn(value: unknown, path: string): AddOn & { addOnId: string } {
    const addOn = this.members(value, path);
    const vat = addOn['vat'];
    if (vat !== 'included' && vat !== 'none') this.fault(`${path}.vat`, 'must be "included" or "none"');
    this.name(addOn['name'], `${path}.name`);
    return {
      addOnId: this.text(addOn['addOnId'], `${path}.addOnId`),
      monthlyFee: this.amount(addOn['monthlyFee'], `${path}.monthlyFee`),
      vat: vat === 'none' ? 'none' : 'included',
    };
  }

  tier(value: unknown, path: string): { minSize: number; amount: number } {
    const tier = this.members(value, path);
    return {
      minSize: this.integer(tier['minSize'], `${path}.minSize`, -Infinity),
      amount: this.amount(tier['amount'], `${path}.amount`),
    };
  }

  welfareClass(value: unknown, path: string): WelfareClass {
    const found = this.members(value, path);
    return {
      waiver: this.amount(found['waiver'], `${path}.waiver`),
      rate: this.share(found['rate'], `${path}.rate`),
      cap: this.amountOrNull(found, 'cap', path),
    };
  }

  name(value: unknown, path: string): void {
    const name = this.members(value, path);
    for (const locale of ['ko', 'en']) this.text(name[locale], `${path}.${locale}`);
  }

  /** A rate between 0 and 1. */
  share(value: unknown, path: string): Rate {
    const rate = this.rate(value, path);
    if (rate.n > rate.d) this.fault(path, 'must be between 0 and 1');
    return rate;
  }

  rate(value: unknown, path: string): Rate {
    return isRate(value)
      ? lowestTerms(value)
      : this.fault(path, 'must be a decimal text with at most 6 decimals', NO_RATE);
  }

  amount(value: unknown, path: string): number {
    return isAmount(value) ? value : this.fault(path, 'must be an integer from 0 to 10^12', 0);
  }

  /** A required key whose value may be null. */
  amountOrNull(members: Members, key: string, path: string): number | null {
    return members[key] === null ? null : this.amount(members[key], `${path}.${key}`);
  }

  integer(value: unknown, path: string, least: number): number {
    const fits = Number.isInteger(value) && (value as number) >= least;
    return fits
      ? (value as number)
      : this.fault(path, `must be an integer${least > 0 ? ` of at least ${least}` : ''}`, 1);
  }

  text(value: unknown, path: string): string {
    return typeof value === 'string' ? value : this.fault(path, 'must be a text', '');
  }

  date(value: unknown, path: string): LocalDate {
    return isLocalDate(value)
      ? value
      : this.fault(path, 'must be a date of the years 2000 to 2199', '2000-01-01' as LocalDate);
  }

  members(value: unknown, path: string): Members {
    if (isMembers(value)) return value;
    this.fault(path, 'must be an object');
    this.#noObjects.push(`${path}.`);
    return {};
  }

  map<T>(value: unknown, path: string, read: (member: unknown, path: string) => T): Map<string, T> {
    return new Map(
      Object.entries(this.members(value, path)).map(([key, member]) => [key, read(member, `${path}.${key}`)]),
    );
  }

  list<T>(value: unknown, path: string, read: (member: unknown, path: string) => T): T[] {
    if (!Array.isArray(value)) return this.fault(path, 'must be a list', []);
    return value.map((member, index) => read(member, `${path}[${index}]`));
  }

  /** No two members of a list have the same value under `key`. */
  unique<K extends string>(members: readonly Readonly<Record<K, unknown>>[], key: K, path: string): void {
    const seen = new Map<unknown, number>();
    members.forEach((member, index) => {
      if (this.#faulty.has(`${path}[${index}].${key}`)) return; // a placeholder stands there
      const first = seen.get(member[key]);
      if (first === undefined) seen.set(member[key], index);
      else this.fault(`${path}[${index}].${key}`, `stands already at ${path}[${first}].${key}`);
    });
  }

  fault(path: string, problem: string): void;
  fault<T>(path: string, problem: string, placeholder: T): T;
  fault<T>(path: string, problem: string, placeholder?: T): T | undefined {
    this.#faulty.add(path);
    if (!this.#noObjects.some((above) => path.startsWith(above)))
      this.faults.push({ path: path === '' ? '(whole)' : path, problem });
    return placeholder;
  }
}

/** The exact value of a rate in lowest terms: small numbers keep the products of billing in numbers. */
function lowestTerms(text: string): Rate {
  const { n, d } = rateOf(text);
  let [divisor, rest] = [d, n % d];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  const reduced = n / divisor;
  return {
    n: reduced <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(reduced) : reduced,
    d: Number(d / divisor),
  };
}
