import type { AwsCredentials } from './handed-out.ts';

/** Keys that are there, or somebody who hands credentials out for a time. */
export type CredentialSource =
  | { readonly keys: AwsCredentials }
  | {
      /** Who it is, with all that decides what is given: as long as it is the same, what was given is kept. */
      readonly from: string;
      /** Asks. Resolves to undefined if nobody is there. */
      readonly ask: () => Promise<AwsCredentials | undefined>;
    };
