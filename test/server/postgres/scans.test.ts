import { afterAll, describe } from 'vitest';
import { describeScans } from '../scan-suite.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

describe.skipIf(missingPostgres !== undefined)(
  `scans on PostgreSQL (${missingPostgres ?? 'installed'}):`,
  () => {
    let postgres: PostgresCluster | undefined;

    describeScans(async () => {
      postgres = await startPostgres();
      return { ...postgres.env };
    });

    afterAll(() => postgres?.stop());
  },
);
