import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PATIENCE_MS } from '../../cli/command.ts';
import { missingProgram, named, TEMPLATES } from './debian.ts';
import { expectSameResult, makeSmallCorpus, READING, type SmallCorpus, succeed } from './small-corpus.ts';

const missing = missingProgram(['python3', '-c', 'import yaml'], ['python3-yaml']);

// What the templates use of the API, and nothing else: Kubernetes drops a field that it does not know.
const Name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const Quantity = z.string().regex(/^\d+(Mi|Gi)?$/);
const Claim = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('PersistentVolumeClaim'),
  metadata: z.strictObject({ name: Name }),
  spec: z.strictObject({
    accessModes: z.tuple([z.literal('ReadWriteMany')]),
    resources: z.strictObject({ requests: z.strictObject({ storage: Quantity }) }),
  }),
});
const Volume = z.union([
  z.strictObject({
    name: Name,
    persistentVolumeClaim: z.strictObject({ claimName: Name, readOnly: z.boolean().optional() }),
  }),
  // As YAML 1.1 reads it: the octal number 0400.
  z.strictObject({
    name: Name,
    secret: z.strictObject({ secretName: Name, defaultMode: z.literal(0o400) }),
  }),
]);
const Container = z.strictObject({
  name: Name,
  image: z.string(),
  // No "env": a key is in a file.
  command: z.array(z.string()).min(1),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: Quantity, memory: Quantity }),
    limits: z.strictObject({ memory: Quantity }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name: Name, mountPath: z.string().regex(/^\/\w+$/), readOnly: z.boolean().optional() }),
  ),
});
const Job = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name: Name }),
  spec: z.strictObject({
    completionMode: z.literal('Indexed').optional(),
    completions: z.int().min(1).optional(),
    parallelism: z.int().min(1).optional(),
    backoffLimit: z.int(),
    template: z.strictObject({
      spec: z.strictObject({
        restartPolicy: z.literal('OnFailure'),
        automountServiceAccountToken: z.literal(false),
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          runAsGroup: z.int().min(1),
          fsGroup: z.int().min(1),
        }),
        containers: z.tuple([Container]),
        volumes: z.array(Volume),
      }),
    }),
  }),
});
type Job = z.output<typeof Job>;

function readTemplate(name: string): unknown[] {
  const program = 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))';
  const input = readFileSync(join(TEMPLATES, 'kubernetes', name));
  return JSON.parse(execFileSync('python3', ['-c', program], { input, encoding: 'utf8' }));
}

describe.skipIf(missing !== undefined)(named('the templates for Kubernetes', missing), () => {
  let small: SmallCorpus;
  let claim: unknown;
  let plan: Job;
  let scan: Job;
  let merge: Job;

  beforeAll(async () => {
    small = await makeSmallCorpus();
    const [first, second, ...more] = readTemplate('plan.yaml');
    expect(more).toEqual([]);
    claim = first;
    plan = Job.parse(second);
    [scan, merge] = ['scan.yaml', 'merge.yaml'].map(
      (name) => z.tuple([Job]).parse(readTemplate(name))[0],
    ) as [Job, Job];
  }, PATIENCE_MS);

  it('mount what they declare, the key from a secret and read-only, and share one claim', () => {
    const shared = Claim.parse(claim).metadata.name;
    for (const job of [plan, scan, merge]) {
      const { containers, volumes } = job.spec.template.spec;
      const mounts = containers[0].volumeMounts;
      expect(mounts.map(({ name }) => name).sort()).toEqual(volumes.map(({ name }) => name).sort());
      for (const volume of volumes) {
        const mount = mounts.find(({ name }) => name === volume.name);
        if ('secret' in volume) expect(mount?.readOnly).toBe(true);
        else if (volume.name === 'scan') expect(volume.persistentVolumeClaim.claimName).toBe(shared);
        else expect([mount?.readOnly, volume.persistentVolumeClaim.readOnly]).toEqual([true, true]);
      }
      expect(volumes.filter((volume) => 'secret' in volume)).toHaveLength(1);
    }
  });

  it('tell the scan as many tasks as it has completions', () => {
    const { completionMode, completions, parallelism } = scan.spec;
    expect(completionMode).toBe('Indexed');
    expect(scan.spec.template.spec.containers[0].command).toContain(`--tasks=${completions}`);
    expect(parallelism).toBeLessThanOrEqual(completions ?? 0);
  });

  it(
    'give the bytes of one scan where their own commands are run, index by index',
    async () => {
      const volume = join(small.directory, 'volume');
      mkdirSync(volume);
      const places: Record<string, string> = { corpus: small.corpus, scan: volume, key: small.directory };
      const commandOf = (job: Job): string[] => {
        const { command, volumeMounts } = job.spec.template.spec.containers[0];
        expect(command[0]).toBe('countermark');
        // Every absolute path has to lie in a volume, which here is a directory.
        return command.slice(1).map((argument) =>
          argument.replace(/(?<=^|=)(\/\w+)/, (path) => {
            const mount = volumeMounts.find(({ mountPath }) => mountPath === path);
            return places[mount?.name ?? ''] ?? '/not-mounted';
          }),
        );
      };
      await succeed([...commandOf(plan), ...READING]);
      for (let index = (scan.spec.completions ?? 0) - 1; index >= 0; index--) {
        const said = await succeed(commandOf(scan), { JOB_COMPLETION_INDEX: `${index}` });
        expect(said).toContain(`task ${index} of ${scan.spec.completions}: `);
      }
      await succeed(commandOf(merge));
      expectSameResult(volume, small.whole, join(volume, 'parts'));
    },
    PATIENCE_MS,
  );
});
