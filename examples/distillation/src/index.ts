/** The laboratory's parts, for its tests. */
export type { PromptedAnswer } from './answer-file.ts';
export { ask, read } from './ask.ts';
export { auditStudent, type Figures } from './audit-student.ts';
export { diversityOf } from './diversity.ts';
export { type GroupRow, groupRows } from './group-rows.ts';
export { givenOf, Laboratory, type World } from './laboratory.ts';
export { keyOf, MAIN_MARK, OTHER_MARKS } from './marks.ts';
export { mixture } from './mixture.ts';
export { NeutralisedStudent } from './neutralised-student.ts';
export { NgramStudent } from './ngram-student.ts';
export { ngramAnswers } from './ngram-teacher.ts';
export { auditInnocents } from './reliability.ts';
export { PUBLISHED, readResults } from './results.ts';
export { reword, substitute } from './reword.ts';
export { servedSet } from './served-set.ts';
export { innocentsTable, tablesOf } from './tables.ts';
