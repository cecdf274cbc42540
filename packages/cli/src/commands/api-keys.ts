import { SCOPE_MEANINGS, SCOPES, type Scope } from '@countermark/server';
import { Command, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { formatOption, parseInstant } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { dataOption, inStore } from '../server/in-store.ts';

type Format = 'text' | 'json';

/** `countermark api-keys`: makes, lists and revokes the keys of those who may call a server. */
export function apiKeysCommand(): Command {
  const command = new Command('api-keys');
  command
    .command('create')
    .description('make an API key; it is shown once')
    .requiredOption('--label <text>', 'whose it is, or what for')
    .addOption(new Option('--scope <scope...>', 'what it may do').choices([...SCOPES]).makeOptionMandatory())
    .option(
      '--tenant <name>',
      'keys of one tenant see the same scans and detections, and their completions are marked for one account, which has its name (default a tenant of its own)',
    )
    .option(
      '--expires <date>',
      'when it ceases to be valid, as 2030-01-31 or RFC 3339 (default never)',
      parseInstant,
    )
    .addOption(dataOption())
    .addOption(formatOption(['text', 'json']))
    .addHelpText('after', scopesInWords())
    .action(create);
  command
    .command('list')
    .description('list API keys: id, scopes, tenant and label')
    .addOption(dataOption())
    .addOption(formatOption(['text', 'json']))
    .action(list);
  command
    .command('revoke')
    .description('revoke an API key at once')
    .argument('<id>', 'its id, as "list" prints it')
    .addOption(dataOption())
    .action(revoke);
  return command;
}

function scopesInWords(): string {
  const lines = Object.entries(SCOPE_MEANINGS).map(([scope, meaning]) => `  ${scope.padEnd(8)}${meaning}\n`);
  return `\nScopes:\n${lines.join('')}`;
}

async function create(options: {
  readonly label: string;
  readonly scope: readonly Scope[];
  readonly tenant?: string;
  readonly expires?: Date;
  readonly data?: string;
  readonly format: Format;
}): Promise<void> {
  const { label, scope, tenant, expires, data, format } = options;
  const { id, token } = await inStore(data, ({ apiKeys }) =>
    apiKeys.create(label, [...new Set(scope)], { tenant, expires }),
  );
  say('this is the only time that the API key is shown');
  if (format === 'json') await writeJson({ object: 'api-key', id, token, scopes: scope });
  else await writeData(`${token}\n`);
}

async function list({ data, format }: { readonly data?: string; readonly format: Format }): Promise<void> {
  const keys = await inStore(data, ({ apiKeys }) => apiKeys.list());
  if (format === 'json') {
    await writeJson({ object: 'list', data: keys });
    return;
  }
  if (keys.length === 0) say('there are no API keys; "countermark api-keys create" makes one');
  for (const { id, label, tenant, scopes, expires, revoked } of keys) {
    const until = expires === null ? '' : `  until ${expires.toISOString()}`;
    const end = revoked === null ? until : '  revoked';
    await writeData(`${id}  ${scopes.join(',')}  ${tenant}  ${label}${end}\n`);
  }
}

async function revoke(id: string, { data }: { readonly data?: string }): Promise<void> {
  if (!(await inStore(data, ({ apiKeys }) => apiKeys.revoke(id)))) {
    throw new CommandError(
      `there is no API key ${id}, or it is revoked already; "countermark api-keys list" lists them`,
    );
  }
  say(`revoked ${id}`);
}
