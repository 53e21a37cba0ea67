export { PhiAccrual, type PhiAccrualOptions } from "./phi-accrual.ts";
