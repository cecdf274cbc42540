import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CorpusError } from '../../errors.ts';

/** Values of a section by their names; one that stands indented below `s3 =` is called `s3.name`. */
export type Section = ReadonlyMap<string, string>;

const NOTHING: Section = new Map();

/** The files of `aws configure`, as they are now. */
export interface AwsFiles {
  /** Name of the profile that is used. */
  readonly profile: string;
  /** Whether somebody named it, so that it has to be there. */
  readonly isNamed: boolean;
  /** Values of a profile in both files, those of the file of credentials first; undefined if it is in neither. */
  of(profile: string): Section | undefined;
  /** Values of `[sso-session name]` or `[services name]`; none if there is no such section. */
  section(kind: 'sso-session' | 'services', name: string): Section;
}

/** Reads the files of `aws configure`: where the environment says, or in the directory of whoever runs this. */
export function readAwsFiles(environment: NodeJS.ProcessEnv): AwsFiles {
  const named = environment['AWS_PROFILE'] || environment['AWS_DEFAULT_PROFILE'];
  const home = awsDirectory(environment);
  const credentials = readSections(environment['AWS_SHARED_CREDENTIALS_FILE'] || join(home, 'credentials'));
  const config = readSections(environment['AWS_CONFIG_FILE'] || join(home, 'config'));
  return {
    profile: named || 'default',
    isNamed: Boolean(named),
    of(profile) {
      const own = credentials.get(profile);
      const settings = config.get(`profile ${profile}`) ?? config.get(profile);
      return own === undefined && settings === undefined
        ? undefined
        : new Map([...(settings ?? []), ...(own ?? [])]);
    },
    section: (kind, name) => config.get(`${kind} ${name}`) ?? NOTHING,
  };
}

/** Values of the profile that is used; none if there is no such profile. */
export function currentProfile(files: AwsFiles): Section {
  return files.of(files.profile) ?? NOTHING;
}

/** The directory of the tools of AWS. */
export function awsDirectory(environment: NodeJS.ProcessEnv): string {
  return join(environment['HOME'] || homedir(), '.aws');
}

function readSections(path: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Map<string, string>>();
  if (!existsSync(path)) return sections;
  let values = new Map<string, string>();
  let outer: string | undefined;
  for (const line of readText(path).split('\n')) {
    const title = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ').replace(/["']/g, '');
    if (title !== undefined) {
      values = sections.get(title) ?? new Map();
      sections.set(title, values);
      outer = undefined;
      continue;
    }
    const [, indent = '', name, value = ''] = /^(\s*)([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (indent === '') {
      values.set(name, value);
      outer = value === '' ? name : undefined;
    } else if (outer !== undefined) {
      values.set(`${outer}.${name}`, value);
    }
  }
  return sections;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CorpusError('unreadable', `${path}: the file of profiles cannot be read`, {
      cause,
      reason: 'denied',
    });
  }
}
