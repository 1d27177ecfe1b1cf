/** TR1L: one stack, the whole pipeline. Read it from top to bottom: what is kept, how it comes in, how it is billed, how it is sent, who is called. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Dispatch } from './dispatch.ts';
import { Import } from './import.ts';
import { Monitoring } from './monitoring.ts';
import { Settlement } from './settlement.ts';
import type { Stage } from './shared/stage.ts';
import { Storage } from './storage.ts';

export class Tr1lStack extends Stack {
  readonly storage: Storage;
  readonly import: Import;
  readonly settlement: Settlement;
  readonly dispatch: Dispatch;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id, {
      description: `TR1L (${stage.name}): settlement and dispatch of telecom bills`,
      terminationProtection: !stage.isDisposable,
    });
    const storage = new Storage(this, 'storage', { stage });
    const imports = new Import(this, 'import', { stage, storage });
    const settlement = new Settlement(this, 'settlement', { stage, storage });
    const dispatch = new Dispatch(this, 'dispatch', { stage, storage });
    new Monitoring(this, 'monitoring', { stage, imports, settlement, dispatch });
    this.storage = storage;
    this.import = imports;
    this.settlement = settlement;
    this.dispatch = dispatch;
    this.#output({
      AccountsTable: storage.accounts.tableName,
      UsageTable: storage.usage.tableName,
      InvoicesTable: storage.invoices.tableName,
      RejectionsTable: storage.rejections.tableName,
      RunsTable: storage.runs.tableName,
      NoticesTable: storage.notices.tableName,
      ControlTable: storage.control.tableName,
      AuditTable: storage.audit.tableName,
      CatalogsBucket: storage.catalogs.bucketName,
      IncomingBucket: storage.incoming.bucketName,
      BucketCount: String(stage.bucketCount),
      SmsPriceWon: String(stage.smsPriceWon),
      ContactKeyArn: storage.contactKey.keyArn,
      EmailQueueUrl: dispatch.queues.email.queueUrl,
      SmsQueueUrl: dispatch.queues.sms.queueUrl,
      FinalQueueUrl: dispatch.queues.final.queueUrl,
      ImportMonthArn: imports.run.stateMachineArn,
      SettlementRunArn: settlement.run.stateMachineArn,
      DispatchRunArn: dispatch.run.stateMachineArn,
    });
  }

  /** What tools find the deployment by. */
  #output(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}
