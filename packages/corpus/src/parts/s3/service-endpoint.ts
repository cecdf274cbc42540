import { CorpusError } from '../../errors.ts';
import { isGuarded } from './guarded.ts';
import { type AwsFiles, currentProfile, readAwsFiles } from './profile.ts';
import type { S3Access } from './s3-access.ts';

/** The services that are asked. */
type AwsService = 's3' | 'sts' | 'sso';

const HOSTS: Readonly<Record<AwsService, string>> = { s3: 's3', sts: 'sts', sso: 'portal.sso' };

/** Region by the environment, then by the profile. */
export function regionOf(
  environment: NodeJS.ProcessEnv,
  files: AwsFiles = readAwsFiles(environment),
): string {
  const given = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  return given || currentProfile(files).get('region') || 'us-east-1';
}

/**
 * Address of a service in a region, without a slash at its end: as the environment has it, then as the profile has it, otherwise the service's own.
 *
 * @param region the service's region.
 */
function serviceEndpoint(
  service: AwsService,
  region: string,
  environment: NodeJS.ProcessEnv,
  files: AwsFiles,
): string {
  const profile = currentProfile(files);
  const services = profile.get('services');
  const given =
    environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ||
    environment['AWS_ENDPOINT_URL'] ||
    (services === undefined
      ? undefined
      : files.section('services', services).get(`${service}.endpoint_url`)) ||
    profile.get('endpoint_url') ||
    `https://${HOSTS[service]}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return given.replace(/\/+$/, '');
}

/** Where the store is: by the environment, then by the profile in the files that `aws configure` writes. */
export function s3Store(environment: NodeJS.ProcessEnv): Pick<S3Access, 'endpoint' | 'region'> {
  // Each request asks: the files are read once for it.
  const files = readAwsFiles(environment);
  const region = regionOf(environment, files);
  return { endpoint: serviceEndpoint('s3', region, environment, files), region };
}

/**
 * Address of a service that secrets are sent to.
 *
 * @throws {CorpusError} `unreadable` if others could read them on the way.
 */
export function guardedEndpoint(service: AwsService, region: string, environment: NodeJS.ProcessEnv): string {
  const endpoint = serviceEndpoint(service, region, environment, readAwsFiles(environment));
  if (URL.canParse(endpoint) && isGuarded(new URL(endpoint).origin)) return endpoint;
  throw new CorpusError(
    'unreadable',
    `the address of ${service.toUpperCase()} (AWS_ENDPOINT_URL_${service.toUpperCase()}) expected https, or this machine`,
    { reason: 'denied' },
  );
}
