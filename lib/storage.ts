/** What is kept: the tables, the catalogs, incoming files for a time, and the key of the contacts. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './shared/acknowledgements.ts';
import type { Stage } from './shared/stage.ts';

/** The partitions of the runs table, as roles are limited to them: a run's record lies with its month. */
export const RUNS_TABLE_KEYS = {
  deployment: 'DEPLOYMENT',
  imports: 'IMPORT#*',
  months: 'MONTH#*',
  runs: 'RUN#*',
} as const;

export class Storage extends Construct {
  /** Written by the import: customers of a month, contacts sealed. */
  readonly accounts: Table;
  /** Written by the import: what was used and paid, merchants sealed. */
  readonly usage: Table;
  /** Written by settle-shard, put if absent, and never again. */
  readonly invoices: Table;
  /** Written by settle-shard: who could not be billed, and why. */
  readonly rejections: Table;
  /** Imports, runs, tallies and proofs. */
  readonly runs: Table;
  /** The delivery ledger. */
  readonly notices: Table;
  /** Policies and due markers. */
  readonly control: Table;
  /** What people did, append only. */
  readonly audit: Table;
  readonly catalogs: Bucket;
  /** Files to be imported, with everybody's contacts in them, and what an import under way leaves: all of it expires. */
  readonly incoming: Bucket;
  /** Wraps the data keys of contacts and merchants. Settlement may not use it. */
  readonly contactKey: Key;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id);
    const removalPolicy = stage.isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const table = (name: string): Table =>
      new Table(this, name, {
        tableName: `tr1l-${stage.name}-${name}`,
        partitionKey: { name: 'pk', type: AttributeType.STRING },
        sortKey: { name: 'sk', type: AttributeType.STRING },
        billingMode: BillingMode.PAY_PER_REQUEST,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: !stage.isDisposable,
        removalPolicy,
      });
    this.accounts = table('accounts');
    this.usage = table('usage');
    this.invoices = table('invoices');
    this.rejections = table('rejections');
    this.runs = table('runs');
    this.notices = table('notices');
    this.control = table('dispatch-control');
    this.audit = table('audit');
    this.catalogs = new Bucket(this, 'catalogs', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy,
    });
    acknowledge(this.catalogs, { S1: 'Price lists: nothing secret, never changed, read by two functions of ours.' });
    this.incoming = new Bucket(this, 'incoming', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // Longer than the 14 days in which a failed import can be redriven.
      lifecycleRules: [{ expiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
    });
    acknowledge(this.incoming, {
      S1: 'Read by the functions of the import alone, and gone after 30 days; who reads it besides is for CloudTrail to say.',
    });
    this.contactKey = new Key(this, 'contact-key', {
      description: 'Wraps the data keys of customers contacts (TR1L)',
      enableKeyRotation: true,
      removalPolicy,
    });
  }
}
