import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runWarm } from '../cli/command.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
// What stands before the first command's heading is about all of them.
const [introduction = '', ...sections] = page.split(/^(?=## `)/m);
const commands = sections.map((text) => ({ name: /^## `([\w-]+)/.exec(text)?.[1] ?? '', text }));

function optionsIn(text: string): string[] {
  return [...new Set(text.match(/--[a-z][a-z-]*/g) ?? [])].sort();
}

// With that of its subcommands, if it has some.
async function helpOf(name: string): Promise<string> {
  const help = await helpFor(name);
  const all = await Promise.all(commandsIn(help).map((subcommand) => helpFor(name, subcommand)));
  return [help, ...all].join('\n');
}

async function helpFor(...command: string[]): Promise<string> {
  return (await runWarm([...command, '--help'])).stdout;
}

function commandsIn(help: string): string[] {
  const [, list = ''] = help.split(/^Commands:$/m);
  return Array.from(list.matchAll(/^ {2}([\w-]+)/gm), ([, name = '']) => name).filter(
    (name) => name !== 'help',
  );
}

describe('docs/cli.md', () => {
  it('describes every command', async () => {
    const listed = commandsIn(await helpFor());
    expect(commands.map(({ name }) => name)).toEqual(listed);
    expect(listed.length).toBeGreaterThan(0);
  });

  it.each(commands)("describes $name's options, and no other", async ({ name, text }) => {
    const offered = optionsIn((await helpOf(name)).replaceAll(/^.*--help .*$/gm, ''));
    expect(offered.filter((option) => !optionsIn(introduction + text).includes(option))).toEqual([]);
    expect(optionsIn(text).filter((option) => !offered.includes(option))).toEqual([]);
  });

  it('names no option in its introduction that no command has', async () => {
    const help = await Promise.all(commands.map(({ name }) => helpOf(name)));
    const offered = optionsIn(help.join('\n'));
    expect(optionsIn(introduction).filter((option) => !offered.includes(option))).toEqual([]);
  });

  it('gives the default values that the help gives', async () => {
    for (const { name, text } of commands) {
      const help = (await helpOf(name)).replace(/\s+/g, ' ');
      for (const [, option = '', value = ''] of help.matchAll(
        /(--[a-z-]+) <(?:(?!--).)*?[(,] ?default:? "?([^")]+)"?\)/g,
      )) {
        if (option === '--format') continue;
        const line = text.split('\n').find((candidate) => candidate.includes(`\`${option} `));
        expect(line, `${name} ${option}`).toContain(value);
      }
    }
  });
});
