"""What a checkout or an invoice comes to: discounts are taken off first, each in its turn, then come the taxes."""

from decimal import ROUND_HALF_UP, Decimal


class Line:
    """One thing that is paid for."""

    def __init__(self, amount, product, currency, rates=(), is_discountable=True):
        self.amount, self.product, self.currency, self.rates = amount, product, currency, rates
        self.is_discountable = is_discountable
        # Amounts in the order of the discounts, and (rate, taxable amount, amount) of each tax.
        self.discounts = []
        self.taxes = []

    @property
    def discounted(self):
        return self.amount - sum(self.discounts)

    @property
    def tax(self):
        return sum(amount for _, _, amount in self.taxes)

    @property
    def tax_on_top(self):
        return sum(amount for rate, _, amount in self.taxes if not rate["inclusive"])

    @property
    def total(self):
        return self.discounted + self.tax_on_top


def reckon(lines, coupons):
    """Sets the discounts and taxes of the lines. `coupons` are the objects, in the order in which they are applied."""
    for coupon in coupons:
        for line, part in zip(lines, discounted_parts(lines, coupon), strict=True):
            line.discounts.append(part)
    for line in lines:
        line.taxes = [(rate, *tax(line.discounted, rate)) for rate in line.rates]
    return lines


def discounted_parts(lines, coupon):
    products = (coupon.get("applies_to") or {}).get("products")
    eligible = [
        max(line.discounted, 0) if line.is_discountable and (products is None or line.product in products) else 0
        for line in lines
    ]
    whole = sum(eligible)
    if coupon["percent_off"] is not None:
        off = rounded(whole * Decimal(str(coupon["percent_off"])) / 100)
    elif all(line.currency == coupon["currency"] for line in lines):
        off = min(coupon["amount_off"], whole)
    else:
        off = 0
    return shares(off, eligible)


def shares(amount, weights):
    """The amount in parts that are in proportion to the weights; cents that are left go to the first ones."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    for index, weight in enumerate(weights):
        if sum(parts) < amount and weight:
            parts[index] += 1
    return parts


def tax(amount, rate):
    """What of an amount is taxed, and with how much."""
    percentage = Decimal(str(rate["percentage"])) / 100
    if not rate["inclusive"]:
        return amount, rounded(amount * percentage)
    taxable = rounded(amount / (1 + percentage))
    return taxable, amount - taxable


def rounded(number):
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))
