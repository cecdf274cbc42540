import { describeLostCalls } from './lost-transactions.ts';

describeLostCalls('a statement, a transaction, or the word that one is through');
