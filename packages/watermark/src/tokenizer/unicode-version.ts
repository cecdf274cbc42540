/** The version of Unicode by which text is normalised and cut, whatever version the runtime has: docs/spec.md section 7. */
export const TEXT_UNICODE_VERSION = '16.0';
